import Tracing

/// Runs a body in a span about an event, in the event's own trace. If nothing traces, there is no span, and no work for
/// one.
func withEventSpan<Result>(
    _ operation: String, _ event: Envelope, ofKind kind: SpanKind, _ body: ((any Span)?) throws -> Result
) rethrows -> Result {
    if InstrumentationSystem.instrument is NoOpInstrument { return try body(nil) }
    return try withSpan("\(operation) \(event.type)", context: event.serviceContext, ofKind: kind) { try body($0) }
}
