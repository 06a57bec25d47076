import ServiceLifecycle
import Tidings

/// Ends the bus when everything that uses it has ended, and ends everything when the bus has failed.
///
/// A bus that has stopped for good would let the process live on as a shell: it answers, and nothing it takes in goes
/// anywhere. So its reason ends the run, for whoever runs the process to see and to start it again.
struct BusCloser: Service {
    let bus: OpenedBus

    func run() async throws {
        if let failure = bus.failure {
            _ = await cancelWhenGracefulShutdown { await failure() }
        } else {
            // Cancelled or asked to end: what follows is the same.
            try? await gracefulShutdown()
        }
        await bus.close()
        // It has ended, so this does not wait: a failure, perhaps of the last sync.
        if let failure = await bus.failure?() { throw failure }
    }
}
