import Tidings
import TidingsBroker
import TidingsTesting

/// Sends its events one request after the other: first again what an earlier process sent and got no answer to.
struct Publisher {
    let bus: EmbeddedEventBus
    let journal: Journal
    let number: Int
    /// How many of its events were acknowledged.
    var acknowledged: Int
    /// How many were sent.
    var sent: Int
    /// How long it rests between two requests, at most.
    let rest: Duration
    let patience: Patience
    var random: SplitMix64

    mutating func run() async throws {
        while true {
            let range = nextRequest()
            let events = range.map { CountedEvent(publisher: number, number: $0).envelope }
            sent = max(sent, range.upperBound)
            let published = try await patience.whileFull("N \(number) \(range.lowerBound)") {
                try await patience.untilLetGo()
                journal.note("S \(number) \(range.lowerBound) \(range.count)")
                return try await bus.publish(events)
            }
            acknowledged = max(acknowledged, range.upperBound)
            let places = published.map { $0.isDuplicate ? "\($0.sequence)*" : "\($0.sequence)" }
            journal.note("P \(number) \(range.lowerBound) \(places.joined(separator: " "))")
            let microseconds = Int(rest / .microseconds(1))
            if microseconds > 0 {
                // Its rest: the load is to last, not to be as great as can be.
                try await Task.sleep(for: .microseconds(Int.random(in: 0...microseconds, using: &random)))
            }
        }
    }

    /// All that has no answer, most often something new, and now and then something that has an answer already.
    private mutating func nextRequest() -> Range<Int> {
        let isUnanswered = acknowledged < sent
        let repeated = Int.random(in: 0..<20, using: &random) == 0 ? Int.random(in: 1...5, using: &random) : 0
        let isSingle = Int.random(in: 0..<5, using: &random) < 3
        let count = isSingle ? 1 : Int.random(in: 2...60, using: &random)
        let new = isUnanswered && Bool.random(using: &random) ? 0 : count
        return max(0, acknowledged - repeated)..<sent + new
    }
}
