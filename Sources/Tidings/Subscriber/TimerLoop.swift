import ServiceLifecycle

/// Wakes the sagas of one kind when their time-outs are due. It looks once a second for what other processes have set.
struct TimerLoop: Sendable {
    /// Its number among the timers of its subscriber.
    let number: Int
    let timer: any SagaTimer
    let database: ServiceDatabase
    let status: SubscriberStatus

    private func wakeDue() async throws -> Timestamp? {
        try await database.work.run(.loop, limit: StuckLimits.loop) { [number, name = status.name] in
            WorkInProgress.Description(
                "timer \(number) of \(name)", heldBy: "the database, or a transition that does not end",
                holdsUp: "the time-outs of its sagas")
        } _: { [timer, database, name = status.name] in
            try await timer.wakeDue(of: name, in: database)
        }
    }

    func run() async {
        var pause = LoopPause(of: "timer \(number)", status)
        let time = database.environment.time
        while !Task.isStopping {
            do {
                let next = try await status.working { try await wakeDue() }
                pause.end()
                let latest = time.now() + .seconds(1)
                try await cancelWhenGracefulShutdown { [timer] in
                    try await timer.alarm.wait(until: min(next ?? latest, latest), on: time)
                }
            } catch is CancellationError {
                return
            } catch {
                await pause.wait(because: error)
            }
        }
    }
}
