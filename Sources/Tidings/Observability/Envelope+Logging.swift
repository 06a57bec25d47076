import Logging

extension Envelope {
    /// What every log line about this event carries.
    var logMetadata: Logger.Metadata {
        ["event-id": "\(id)", "correlation-id": "\(correlationID ?? id.rawValue)"]
    }
}
