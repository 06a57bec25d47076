import Tidings

/// How long an event of a queue is out. It survives a restart, so that a consumer elsewhere goes on with what it has.
struct EventLease: Sendable {
    /// The number of the take that has it; 0 if nobody has it and it only waits for its next attempt.
    let take: UInt64
    let since: Timestamp
    let duration: Duration

    /// How long it still lasts; nil if it is over. Never longer than it did at first, whatever became of the clock.
    func left(at now: Timestamp) -> Duration? {
        let left = min(since + duration - now, duration)
        return left > .zero ? left : nil
    }

    func encode(into writer: inout BinaryBuilder) {
        writer.write(take)
        writer.write(since.microseconds)
        writer.write(duration.wholeMicroseconds)
    }

    init(take: UInt64, since: Timestamp, duration: Duration) {
        self.take = take
        self.since = since
        self.duration = duration
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        take = try reader.number()
        since = Timestamp(microseconds: try reader.number())
        duration = .microseconds(try reader.number() as Int64)
    }
}
