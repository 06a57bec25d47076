import Logging
import Metrics
import ServiceLifecycle

/// Does a piece of maintenance every few seconds, until it is time to stop. What fails is tried again at the next turn.
struct PeriodicLoop: Sendable {
    /// What it does, as a sentence continues it: "stock could not be measured".
    let name: String
    let interval: Duration
    let time: any TimeSource
    let logger: Logger
    let failures: Counter
    let work: WorkInProgress
    let body: @Sendable () async throws -> Void

    func run() async {
        var isFailing = false
        while !Task.isStopping {
            do {
                try await work.run(.loop, limit: StuckLimits.loop) { [name] in
                    WorkInProgress.Description(name, heldBy: "the database or the bus", holdsUp: "nothing else")
                } _: { [body] in
                    try await body()
                }
                if isFailing { logger.info("\(name) works again") }
                isFailing = false
            } catch is CancellationError {
                return
            } catch {
                failures.increment()
                if !isFailing {
                    logger.warning(
                        "\(name) failed; it is tried again every \(interval)", metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            try? await cancelWhenGracefulShutdown { try await time.sleep(for: interval) }
        }
    }
}
