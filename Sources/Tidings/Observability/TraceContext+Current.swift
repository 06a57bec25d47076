import Tracing

extension TraceContext {
    /// The trace of the running task, as the instrument in use writes it; `nil` if nothing is traced.
    static var current: TraceContext? {
        guard let context = ServiceContext.current else { return nil }
        var carrier: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &carrier, using: Carrier())
        return carrier["traceparent"].map { TraceContext(parent: $0, state: carrier["tracestate"]) }
    }

    /// The context in which spans become children of this place.
    var serviceContext: ServiceContext {
        var context = ServiceContext.current ?? .topLevel
        var carrier = ["traceparent": parent]
        carrier["tracestate"] = state
        InstrumentationSystem.instrument.extract(carrier, into: &context, using: Carrier())
        return context
    }

    private struct Carrier: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }
}

extension Envelope {
    /// Where spans about this event belong.
    var serviceContext: ServiceContext { trace?.serviceContext ?? ServiceContext.current ?? .topLevel }
}
