/// Which series there are, and whether there may be another. It knows nothing of locks.
struct SeriesTable: Sendable {
    /// What became of the wish for a series.
    enum Answer<S: Series>: Sendable {
        case kept(S)
        case beyondLimit
        case ofOtherType
    }

    let limit: Int
    private(set) var families: [String: SeriesFamily] = [:]
    private var count = 0
    /// The names of all lines and of all metrics: no two metrics may have one in common.
    private var names: Set<String> = [SeriesKey.droppedName]

    init(limit: Int) {
        self.limit = limit
    }

    mutating func series<S: Series>(_ key: SeriesKey, make: () -> S) -> Answer<S> {
        let lineNames = S.kind.suffixes.map { key.name + $0 }
        if let family = families[key.name] {
            guard family.kind == S.kind else { return .ofOtherType }
            if let series = family.series[key.labels.bytes] as? S { return .kept(series) }
        } else if !names.isDisjoint(with: lineNames) {
            return .ofOtherType
        }
        guard count < limit else { return .beyondLimit }
        let series = make()
        families[key.name, default: SeriesFamily(kind: S.kind)].series[key.labels.bytes] = series
        names.formUnion(lineNames)
        count += 1
        return .kept(series)
    }

    mutating func remove(_ series: any Series) {
        let name = series.key.name
        let labels = series.key.labels.bytes
        guard let family = families[name], family.series[labels] === series else { return }
        families[name]?.series[labels] = nil
        count -= 1
        guard family.series.count == 1 else { return }
        families[name] = nil
        names.subtract(family.kind.suffixes.map { name + $0 })
    }
}
