import ServiceLifecycle

/// Wakes the sagas of one kind when their time-outs are due, and looks once a second for what others have set.
struct TimerLoop: Sendable {
    /// Its number among the timers of its subscriber.
    let number: Int
    let timer: any SagaTimer
    let database: ServiceDatabase
    let status: SubscriberStatus

    func run() async {
        var pause = LoopPause(of: "timer \(number)", status)
        let time = database.environment.time
        while !Task.isStopping {
            do {
                let next = try await timer.wakeDue(in: database)
                pause.end()
                let wait = next.map { min($0 - time.now(), .seconds(1)) } ?? .seconds(1)
                try await cancelWhenGracefulShutdown { try await time.sleep(for: max(wait, .milliseconds(1))) }
            } catch is CancellationError {
                return
            } catch {
                await pause.wait(because: error)
            }
        }
    }
}
