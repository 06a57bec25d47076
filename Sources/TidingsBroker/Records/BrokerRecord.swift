import Tidings
import TidingsRouting

/// What the broker writes into its log. Its state is a fold over these.
///
/// Each begins with a byte that names its kind. Numbers are little-endian.
package enum BrokerRecord {
    /// A consumer group is new, or its pattern has changed.
    package struct Group {
        let id: GroupID
        let name: String
        let pattern: EventPattern
        /// Which earlier events a new group gets as well.
        let history: History?

        /// Events that were published before a group was made: from a sequence on, and not before a time.
        package struct History: Sendable, Equatable {
            let start: UInt64
            let since: Timestamp
        }
    }

    /// Events, with the groups that get them: routing and event become durable together.
    package struct Publish {
        let head: PublishLayout.Head
        /// The groups of the events; the events themselves are not read.
        let routes: [PublishLayout.Route]
        /// Those of them that wait, in order.
        let delays: [EventDelay]
    }

    /// An event that is not to be delivered before a moment.
    package struct EventDelay: Sendable {
        /// Its place in the record.
        let index: Int
        let until: Timestamp
    }

    /// Groups that publish records name together, by a number.
    package struct GroupSet {
        /// The next one; or 0, which makes all others forgotten.
        let number: UInt32
        let groups: [GroupID]
    }

    /// What a member of a group did with some events.
    package struct Sequences {
        let group: GroupID
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
    /// Each counts one attempt more.
    case take(Sequences)
    /// The group is done with them.
    case acknowledge(Sequences)
    /// Each counts one attempt less.
    case release(Sequences)
    case backfill(Backfill)
    /// A consumer group is removed; it needs no event any more.
    case removal(GroupID)
    /// The record up to which a checkpoint holds the state.
    case checkpoint
    case groupSet(GroupSet)
    case queue(Queue)
    case receipt(Receipt)
    case move(Move)
    case drop(Drop)
    case rule(Rule)
    /// A rule of this name is removed.
    case ruleRemoval(String)
    case archive(Archive)
    case replay(Replay)
    case replayStep(ReplayStep)
    case cancellation(Cancellation)
    case lease(Lease)
    case alarm(Alarm)
    case alarmChange(AlarmChange)
    case eventLog(EventLogChange)
    /// Events stand in the event log of which the group is a target: they leave all of its targets.
    case logged(Sequences)

    package enum Kind: UInt8 {
        case group = 1
        case publish = 2
        case take = 3
        case acknowledge = 4
        case release = 5
        case backfill = 6
        case removal = 7
        case checkpoint = 8
        case groupSet = 9
        case queue = 10
        case receipt = 11
        case move = 12
        case drop = 13
        case rule = 14
        case ruleRemoval = 15
        case archive = 16
        case replay = 17
        case replayStep = 18
        case cancellation = 19
        /// A publish record of which some events wait.
        case delayedPublish = 20
        case lease = 21
        case alarm = 24
        case alarmChange = 25
        case eventLog = 26
        case logged = 27
        /// Some events of a publish record, of which compaction took the others. Never applied to a state: what is
        /// compacted is behind two checkpoints.
        case part = 64
    }
}
