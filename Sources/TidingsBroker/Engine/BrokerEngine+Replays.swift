import Synchronization
import Tidings
import TidingsLog
import TidingsRouting

extension BrokerEngine {
    /// Makes an archive as it is declared; returns once that is durable.
    func declare(_ archive: EventArchive) async throws {
        let ordinal = try step { core in
            guard let declared = try core.state.proposeArchive(archive) else {
                return try core.state.groups[core.state.archive(named: archive.name)].live.definedBy
            }
            let staged = try core.append(declared.encoded(), urgency: .sync)
            if !core.state.groups.contains(declared.id) { core.signals.append(Signal()) }
            core.state.commit(declared, staged)
            readsContent.store(core.state.routes.readsContent, ordering: .relaxed)
            return staged.ordinal
        }
        if ordinal > 0 { try await wait(for: ordinal, .durable) }
    }

    /// Starts a replay of what was published in a range; returns once that is durable.
    func start(_ replay: EventReplay, in range: Range<UInt64>) async throws {
        let now = environment.now()
        let ordinal = try step { core in
            let started = try core.state.proposeReplay(replay, in: range, at: now)
            let staged = try core.append(started.encoded(), urgency: .sync)
            core.state.commit(started)
            return staged.ordinal
        }
        try await wait(for: ordinal, .durable)
        goOn(with: replay.name)
    }

    /// Cancels a replay; nothing more is given to its queues when this returns.
    func cancelReplay(_ name: String) async throws {
        let now = environment.now()
        let ordinal: UInt64? = try step { core in
            guard let cancellation = try core.state.proposeCancellation(of: name, at: now) else { return nil }
            let staged = try core.append(cancellation.encoded(), urgency: .sync)
            core.state.commit(cancellation)
            return staged.ordinal
        }
        if let ordinal { try await wait(for: ordinal, .durable) }
    }

    /// Begins to run a replay, or goes on where it was.
    func goOn(with replay: String) { executor.submit(.slices) { self.runReplay(replay) } }

    /// Takes one step of a replay. The next one comes after the slices that wait already, and not before its rate allows.
    private func runReplay(_ name: String) {
        do {
            guard let plan = try step({ try $0.state.planReplay(name) }) else { return }
            let matched = try plan.matches(in: log)
            let now = environment.now()
            let isWritten = try step { core in
                guard let step = core.state.proposeStep(plan, matched, at: now) else { return true }
                guard try core.appendIfRoom(step.encoded()) else { return false }
                for queue in core.state.commit(step) { core.signals[queue].signalAll() }
                return true
            }
            // Without room it is tried again.
            let pause: Duration = isWritten ? plan.pause : .seconds(1)
            guard pause > .zero else { return goOn(with: name) }
            Task { [weak self, time = environment.time] in
                try? await time.sleep(for: pause)
                self?.goOn(with: name)
            }
        } catch {
            let failure = TidingsError(bus: error)
            // While the bus closes nobody waits any more.
            if failure.code != .closed { fail(failure) }
        }
    }
}

extension BrokerState.ReplayPlan {
    /// How long its rate asks to wait behind it.
    fileprivate var pause: Duration {
        rate == 0 ? .zero : .microseconds(Int64(sequences.count) * 1_000_000 / Int64(rate))
    }

    /// Those of the stretch that each route takes. Blocks on the disk.
    fileprivate func matches(in log: Log) throws -> [[UInt64]] {
        guard !reading.stretches.isEmpty else { return routes.map { _ in sequences } }
        var chooser = EventRoutes<Int>()
        // The pattern of the replay itself by -1.
        for (place, pattern) in ([pattern] + routes).enumerated() { chooser.set(pattern, for: place - 1) }
        var reader = BacklogReader(log, room: .max)
        var matched = routes.map { _ in [UInt64]() }
        let backlog = try reader.read(reading)
        for batch in backlog.batches {
            for (index, event) in batch.events.enumerated() {
                let places = chooser.matches(event)
                guard places.contains(-1) else { continue }
                for place in places where place >= 0 { matched[place].append(batch.firstSequence + UInt64(index)) }
            }
        }
        // What cannot be read or decoded is the queues' to name.
        let unread =
            backlog.unreadable.map(\.sequence)
            + backlog.batches.filter(\.events.isEmpty).flatMap { batch in
                batch.firstSequence..<batch.firstSequence + UInt64(batch.count)
            }
        return matched.map { $0 + unread }
    }
}
