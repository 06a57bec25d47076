/// Which handler of a subscriber takes which type.
struct HandlerTable: Sendable {
    let handlers: [EventHandler]
    private let indices: [EventType: Int]

    /// - Throws: ``TidingsError`` with code `misconfigured` where two handlers take one type, naming both.
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

    var types: [EventType] { indices.keys.sorted { $0.rawValue < $1.rawValue } }

    func index(for type: EventType) -> Int? { indices[type] }
}
