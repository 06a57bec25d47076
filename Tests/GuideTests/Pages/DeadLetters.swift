import Tidings
import TidingsBroker

func lookAtDeadLetters(_ bus: EmbeddedEventBus) async throws {
    for letter in try await bus.deadLetters(in: "notifications-dead-letters", atMost: 100) {
        print(letter.sequence, letter.event.type, letter.attempts, letter.reason, letter.deadSince)
    }
    // After what was wrong is mended:
    let redriven = try await bus.redrive(from: "notifications-dead-letters")
    let discarded = try await bus.discard(from: "reporting-dead-letters", [17, 18])
    print(redriven, discarded)
}
