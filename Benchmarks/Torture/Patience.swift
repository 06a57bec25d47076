import Foundation
import Tidings

/// What publishers and consumers do when the disk is full: they fail as everything else does, or they wait and try again.
struct Patience {
    let journal: Journal
    /// Whether they wait.
    let isGiven: Bool
    /// While there is a file of this name, nobody publishes or asks for the health.
    let hold: String

    /// Calls `body` until it is not refused for want of room; writes down each refusal.
    ///
    /// A bus whose log has stopped refuses with the same code: whoever waits for ``EmbeddedEventBus/failure()`` ends that.
    /// - Parameter refusal: The line that tells of one, without its reason.
    func whileFull<Result>(
        _ refusal: String, _ body: () async throws -> Result
    ) async throws -> Result {
        while true {
            do {
                return try await body()
            } catch let error as TidingsError where isGiven && [.unavailable, .overloaded].contains(error.code) {
                journal.note("\(refusal) \(error.code) \(error.message)")
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...50)))
            }
        }
    }

    /// Returns when nobody holds the publishers.
    func untilLetGo() async throws {
        guard !hold.isEmpty else { return }
        while FileManager.default.fileExists(atPath: hold) { try await Task.sleep(for: .milliseconds(10)) }
    }
}
