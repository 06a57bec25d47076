import Tidings
import TidingsTesting

extension Bench {
    /// Lets time pass in steps, at each of which whoever is due gets to run.
    func pass(_ duration: Duration, by step: Duration = .seconds(1)) async throws {
        let end = clock.now() + duration
        try await until(advancing: step) {
            _ = try await seen()
            return clock.now() >= end
        }
    }
}
