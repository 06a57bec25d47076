import Tidings
import TidingsRouting

/// A consumer group, all of whose habits follow from its name.
struct Group {
    let name: String
    /// How much of its usual backlog it leaves, in percent.
    let backlogPercent: Int

    /// One of the events that have content of a kind: an eighth of them.
    private var wantsContent: Bool { name.contains("content") }

    func subscription() throws -> Subscription {
        let pattern =
            wantsContent ? try EventPattern(json: #"{"data":{"value":[{"numeric":["<",125]}]}}"#) : EventPattern.all
        // Nobody is to lose an event because the machine was slow.
        return Subscription(
            group: name, pattern: pattern, start: name.hasPrefix("earliest") ? .earliest : .latest,
            visibilityTimeout: .seconds(300))
    }

    var memberCount: Int { name == "fast" ? 2 : 1 }

    /// How many events it leaves waiting, so that it reads them from the disk later.
    var backlog: Int { usualBacklog * backlogPercent / 100 }

    private var usualBacklog: Int {
        switch name {
        case "slow": 4_000
        // So many that they are spread over more of the log than is kept whole.
        case "content": 2_500
        // Of what it got out of history much is left when that is history no more.
        default: name.hasPrefix("earliest-content") ? 2_000 : 0
        }
    }
}
