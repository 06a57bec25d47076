/// The series of one metric, by the text of their labels.
struct SeriesFamily: Sendable {
    let kind: SeriesKind
    var series: [String: any Series] = [:]

    init(kind: SeriesKind, _ series: [any Series] = []) {
        self.kind = kind
        for one in series {
            self.series[one.key.labels.text] = one
        }
    }

    func filter(_ isWanted: (any Series) -> Bool) -> SeriesFamily {
        SeriesFamily(kind: kind, series.values.filter(isWanted))
    }
}
