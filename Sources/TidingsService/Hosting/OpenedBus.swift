import Tidings

/// A bus with what differs from one to another besides the contract.
struct OpenedBus: Sendable {
    let bus: any EventBus
    /// Waits until the bus stops for good and gives the reason; `nil` if it was closed or the task cancelled. None
    /// if the bus cannot fail so.
    let failure: (@Sendable () async -> TidingsError?)?
    let close: @Sendable () async -> Void
}
