/// Which handler of a subscriber takes which event.
struct HandlerTable: Sendable {
    private let handlers: [EventHandler]
    private let indices: [EventType: Int]

    /// - Throws: ``TidingsError`` with code `misconfigured` if two handlers take one type, naming both, or there is none.
    init(_ handlers: [EventHandler], subscriber: String) throws(TidingsError) {
        var indices: [EventType: Int] = [:]
        for (index, handler) in handlers.enumerated() {
            for type in handler.types {
                if let other = indices.updateValue(index, forKey: type) {
                    throw TidingsError(
                        .misconfigured,
                        "\(handlers[other].name) and \(handler.name) of subscriber \(subscriber) both take \(type)")
                }
            }
        }
        guard !indices.isEmpty else {
            throw TidingsError(.misconfigured, "subscriber \(subscriber) has no handlers")
        }
        self.handlers = handlers
        self.indices = indices
    }

    /// The types that some handler takes.
    var types: [EventType] { indices.keys.sorted { $0.rawValue < $1.rawValue } }

    /// The handler that takes an event, if one does.
    func index(for event: Envelope) -> Int? { indices[event.type] }

    subscript(index: Int) -> EventHandler { handlers[index] }
}
