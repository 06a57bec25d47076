import Synchronization

/// What those share who maintain one database in this process.
final class MaintenanceState: Sendable {
    /// What the consumer groups of a database that run in this process have not acknowledged.
    enum Backlog: Equatable {
        /// Nothing.
        case empty
        /// Events that were published at this moment, or later.
        case since(Timestamp)
        /// Nobody knows: a group could not be asked lately.
        case unknown
    }

    private struct Group {
        /// When it was asked, by uptime; `nil` if it was not yet.
        var asked: Duration?
        /// The oldest event that it had not acknowledged then.
        var oldest: Timestamp?
    }

    private struct State {
        /// When the last turn began, by uptime.
        var turn: Duration?
        var isAtWork = false
        /// The running time when it was first read in this process, and the uptime then.
        var start: (age: Duration, uptime: Duration)?
        /// When the running time was noted last, by uptime; at first, when the database was opened.
        var noted: Duration
        /// The groups that run.
        var groups: [Int: Group] = [:]
        /// Whether groups run here now and then, so that nobody knows of their backlog while none does.
        var expectsGroups = false
        var lastGroup = 0
    }

    private let state: Mutex<State>

    init(at uptime: Duration) {
        state = Mutex(State(noted: uptime))
    }

    /// Begins a turn, unless one runs or has begun a short while ago.
    func begin(at uptime: Duration, every interval: Duration) -> Bool {
        state.withLock { state in
            guard !state.isAtWork, state.turn.map({ uptime - $0 >= interval }) ?? true else { return false }
            (state.isAtWork, state.turn) = (true, uptime)
            return true
        }
    }

    func end() { state.withLock { $0.isAtWork = false } }

    /// The running time, which passes no faster for the number of processes.
    /// - Parameter noted: the running time that was noted last, by whomever.
    func age(after noted: Duration, at uptime: Duration) -> Duration {
        state.withLock { state in
            let start = state.start ?? (noted, uptime)
            state.start = start
            return max(noted, start.age + (uptime - start.uptime))
        }
    }

    /// How long it is since the running time was noted.
    func sinceNote(at uptime: Duration) -> Duration { state.withLock { uptime - $0.noted } }

    func noted(at uptime: Duration) { state.withLock { $0.noted = uptime } }

    // MARK: Groups

    /// Notes that a consumer group will run, or has.
    func expectGroup() { state.withLock { $0.expectsGroups = true } }

    /// Adds a consumer group that runs.
    /// - Returns: what it is known by.
    func enter() -> Int {
        state.withLock { state in
            state.expectsGroups = true
            state.lastGroup += 1
            state.groups[state.lastGroup] = Group()
            return state.lastGroup
        }
    }

    func leave(_ group: Int) { state.withLock { $0.groups[group] = nil } }

    /// Notes the oldest event that a group has not acknowledged.
    func note(_ oldest: Timestamp?, of group: Int, at uptime: Duration) {
        state.withLock { state in
            if state.groups[group] != nil { state.groups[group] = Group(asked: uptime, oldest: oldest) }
        }
    }

    /// What the groups have not acknowledged, as far as they were asked within some time.
    func backlog(at uptime: Duration, within limit: Duration) -> Backlog {
        state.withLock { state in
            if state.groups.isEmpty, state.expectsGroups { return .unknown }
            var oldest: Timestamp?
            for group in state.groups.values {
                guard let asked = group.asked, uptime - asked <= limit else { return .unknown }
                oldest = [oldest, group.oldest].compactMap { $0 }.min()
            }
            return oldest.map(Backlog.since) ?? .empty
        }
    }
}
