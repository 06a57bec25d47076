/// The series of one metric, by the bytes of their labels: texts that only look alike are two.
struct SeriesFamily: Sendable {
    let kind: SeriesKind
    var series: [[UInt8]: any Series] = [:]

    init(kind: SeriesKind, _ series: [any Series] = []) {
        self.kind = kind
        for one in series {
            self.series[one.key.labels.bytes] = one
        }
    }

    func filter(_ isWanted: (any Series) -> Bool) -> SeriesFamily {
        SeriesFamily(kind: kind, series.values.filter(isWanted))
    }
}
