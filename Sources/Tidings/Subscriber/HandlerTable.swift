import TidingsRouting

/// Which handler of a subscriber takes which event.
struct HandlerTable: Sendable {
    private let handlers: [EventHandler]
    /// The handlers of each type; more than one if their patterns exclude each other.
    private let indices: [EventType: [Int]]
    /// The patterns of the handlers that ask for more than a type.
    private let routes: EventRoutes<Int>
    /// Whether each handler asks for more than a type.
    private let asksForMore: [Bool]
    /// Exactly the events that some handler takes.
    let pattern: EventPattern

    /// - Throws: ``TidingsError`` with code `misconfigured` if two handlers could take one event, naming both, if a pattern
    ///   is wrong, or if there is no handler.
    init(_ handlers: [EventHandler], subscriber: String, scope: Scope?) throws(TidingsError) {
        func misconfigured(_ message: String) -> TidingsError {
            TidingsError(.misconfigured, "subscriber \(subscriber): \(message)")
        }
        guard !handlers.isEmpty else { throw misconfigured("it has no handlers") }
        var indices: [EventType: [Int]] = [:]
        var patterns: [EventPattern] = []
        var routes = EventRoutes<Int>()
        do {
            for handler in handlers { patterns.append(try handler.pattern(in: scope)) }
            pattern = try EventPattern(anyOf: patterns)
        } catch {
            throw misconfigured(
                "\(handlers[min(patterns.count, handlers.count - 1)].name) has a wrong pattern: \(error)")
        }
        for (index, handler) in handlers.enumerated() {
            for type in handler.types {
                for other in indices[type] ?? [] where !patterns[other].excludes(patterns[index]) {
                    throw misconfigured(
                        """
                        \(handlers[other].name) and \(handler.name) both take \(type); give them patterns that exclude \
                        each other, or make them one
                        """)
                }
                indices[type, default: []].append(index)
            }
            if handler.asksForMoreThanType(in: scope) { routes.set(patterns[index], for: index) }
        }
        self.handlers = handlers
        self.indices = indices
        self.routes = routes
        asksForMore = handlers.map { $0.asksForMoreThanType(in: scope) }
    }

    /// The handler that takes an event, if one does.
    /// - Throws: ``NotRetryable`` if two do: a field that both patterns name holds several values.
    func index(for event: Envelope) throws -> Int? {
        guard let candidates = indices[event.type], let first = candidates.first else { return nil }
        if candidates.count == 1, !asksForMore[first] { return first }
        let matching = routes.search(event)
        guard matching.count <= 1 else {
            let names = matching.map { handlers[$0].name }.joined(separator: " and ")
            throw NotRetryable("\(names) both take this event: a field of their patterns holds several values")
        }
        return matching.first
    }

    /// The types that have handlers.
    var types: [EventType] { indices.keys.sorted() }

    /// The first handler that takes events of a type, by which failures of such events are known.
    func index(for type: EventType) -> Int? { indices[type]?.first }

    subscript(index: Int) -> EventHandler { handlers[index] }
}
