import Tidings
import TidingsLog
import TidingsRouting

/// What the broker writes into its log. Its state is a fold over these.
///
/// Each begins with a byte that names its kind. Numbers are little-endian.
package enum BrokerRecord {
    /// A consumer group was made, or wants something else from now on.
    package struct Group {
        let queue: UInt32
        let name: String
        let pattern: EventPattern
        /// Which earlier events a new group wants as well.
        let history: History?

        /// Events that were published before a group was made: from one on, and not before a moment.
        package struct History: Sendable, Equatable {
            let start: UInt64
            let since: Timestamp
        }
    }

    /// Events, with the queues that their rules chose: routing and event become durable together.
    package struct Publish {
        let head: PublishLayout.Head
        /// The queues of the events; these themselves are not read.
        let routes: [PublishLayout.Route]
    }

    /// What one member did with events of a queue.
    package struct Sequences {
        let queue: UInt32
        let sequences: SequenceRuns
    }

    /// Which of the earlier events a new group gets, as far as they have been matched.
    package struct Backfill {
        /// The first event that has not been matched.
        let next: UInt64
        let matched: Sequences
    }

    case group(Group)
    case publish(Publish)
    /// Their attempts count one more.
    case take(Sequences)
    /// They are done for the queue.
    case acknowledge(Sequences)
    /// Their last attempt does not count.
    case release(Sequences)
    case backfill(Backfill)
    /// A consumer group is no more, and its events are not needed.
    case removal(queue: UInt32)
    /// The place up to which a checkpoint holds the state.
    case checkpoint

    package enum Kind: UInt8 {
        case group = 1
        case publish = 2
        case take = 3
        case acknowledge = 4
        case release = 5
        case backfill = 6
        case removal = 7
        case checkpoint = 8
    }
}
