import Tidings
import TidingsBroker
import TidingsTesting

/// What one process does between its start and its kill.
struct Run {
    /// Something that is done to a group some time after the start.
    struct Change {
        let group: String
        let delay: Duration
    }

    let bus: EmbeddedEventBus
    let journal: Journal
    let seed: UInt64
    let backlogPercent: Int
    let patience: Patience
    private let takes = TakeCount()

    init(bus: EmbeddedEventBus, journal: Journal, seed: UInt64, backlogPercent: Int, patience: Patience) {
        self.bus = bus
        self.journal = journal
        self.seed = seed
        self.backlogPercent = backlogPercent
        self.patience = patience
    }

    /// Publishes and consumes until the process is killed.
    func load(
        publishers: [Publisher], groups: [Group], joins: [Change], removals: [Change], ready: () -> Void
    ) async throws {
        let consumers = try await join(groups)
        ready()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await watch() }
            tasks.addTask { if let failure = await bus.failure() { throw failure } }
            for var publisher in publishers { tasks.addTask { try await publisher.run() } }
            for (group, consumer) in zip(groups, consumers) {
                let isRemoved = removals.contains { $0.group == group.name }
                for member in members(of: group, consumer) {
                    tasks.addTask { try await work(member, untilRemoved: isRemoved) }
                }
            }
            for change in joins { tasks.addTask { try await join(change) } }
            for change in removals {
                tasks.addTask {
                    // Somewhere in the middle of the load, as the plan says.
                    try await Task.sleep(for: change.delay)
                    try await remove(change.group)
                }
            }
            // The first that fails ends the others, which might wait for ever.
            while try await tasks.next() != nil {}
        }
    }

    /// Consumes all that there is.
    func drain(_ groups: [Group]) async throws {
        let consumers = try await join(groups)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (group, consumer) in zip(groups, consumers) {
                for member in members(of: group, consumer, isDraining: true) {
                    tasks.addTask { try await work(member, untilRemoved: false) }
                }
            }
            try await waitUntilEmpty(consumers)
            tasks.cancelAll()
        }
        for (group, consumer) in zip(groups, consumers) {
            let depth = try await consumer.depth()
            journal.note("E \(group.name) \(depth.pending) \(depth.inFlight)")
        }
    }

    /// Writes down the counts of groups, and which of them are not there.
    func noteLedgers(of groups: [String]) async throws {
        for name in groups {
            do {
                let ledger = try await bus.ledger(of: name)
                journal.note(
                    "G \(name) \(ledger.published) \(ledger.acknowledged) \(ledger.pending) \(ledger.inFlight) "
                        + (ledger.isBalanced ? "balanced" : "unbalanced"))
            } catch let error as TidingsError where error.code == .invalid {
                journal.note("G \(name)")
            }
        }
        try await noteHealth()
    }

    func remove(_ group: String) async throws {
        journal.note("R \(group)")
        try await patience.whileFull("n \(group) -") { try await bus.removeGroup(group) }
        journal.note("r \(group)")
    }

    private func join(_ groups: [Group]) async throws -> [any EventConsumer] {
        var consumers: [any EventConsumer] = []
        for group in groups { consumers.append(try await join(group)) }
        return consumers
    }

    private func join(_ group: Group) async throws -> any EventConsumer {
        journal.note("J \(group.name)")
        let consumer = try await patience.whileFull("n \(group.name) -") {
            try await bus.subscribe(group.subscription())
        }
        journal.note("j \(group.name)")
        return consumer
    }

    private func join(_ change: Change) async throws {
        // Somewhere in the middle of the load, as the plan says.
        try await Task.sleep(for: change.delay)
        let group = Group(name: change.group, backlogPercent: backlogPercent)
        let consumer = try await join(group)
        for var member in members(of: group, consumer) { try await member.run() }
    }

    private func members(of group: Group, _ consumer: any EventConsumer, isDraining: Bool = false) -> [Member] {
        (0..<group.memberCount).map { number in
            let seed = group.name.utf8.reduce(seed &+ UInt64(number)) { $0 &* 31 &+ UInt64($1) }
            return Member(
                consumer: consumer, journal: journal, group: group, number: number, isDraining: isDraining,
                takes: takes, patience: patience, random: SplitMix64(seed: seed))
        }
    }

    private func work(_ member: Member, untilRemoved isRemoved: Bool) async throws {
        var member = member
        do {
            try await member.run()
        } catch is CancellationError {
            // All is consumed.
        } catch let error as TidingsError where error.code == .closed && isRemoved {
            // So is the group.
        }
    }

    /// Returns when nothing has waited, been out or come for a second: history is matched behind the scenes, and tells
    /// nobody when it is done.
    private func waitUntilEmpty(_ consumers: [any EventConsumer]) async throws {
        var last = -1
        var quiet = 0
        while quiet < 10 {
            try await Task.sleep(for: .milliseconds(100))
            var left = 0
            for consumer in consumers {
                let depth = try await consumer.depth()
                left += depth.pending + depth.inFlight
            }
            quiet = left == 0 && takes.value == last ? quiet + 1 : 0
            last = takes.value
        }
    }

    private func watch() async throws {
        while true {
            try await patience.untilLetGo()
            try await noteHealth()
            // A sample, all the while: an alarm that is raised stays until what it tells of is over.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func noteHealth() async throws {
        let health = await bus.health()
        for alarm in health.alarms { journal.note("H \(alarm)") }
        if let reason = health.reason {
            journal.note(patience.isGiven ? "C \(reason)" : "H \(reason)")
        } else if patience.isGiven {
            journal.note("c")
        }
    }
}
