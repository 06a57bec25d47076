/// Waits that grow while an outage lasts: from 50 ms, doubled up to 5 s, each between half and the whole of it.
struct Backoff: Sendable {
    private var ceiling = Duration.milliseconds(50)

    mutating func next(random: Double) -> Duration {
        defer { ceiling = min(ceiling * 2, .seconds(5)) }
        return ceiling * (0.5 + random / 2)
    }
}
