import TidingsRouting

/// A queue as code declares it.
public struct EventQueue: Sendable, Hashable {
    /// The name: 1 to 255 bytes of plain text.
    public var name: String
    /// How it treats its events. A dead-letter queue is declared by its name, beside the queue that it belongs to, if its
    /// options are to be other than those that it is made with; its `deadLetterQueue` is `nil`.
    public var options: QueueOptions

    /// Makes a declaration; its ranges are checked when it is applied.
    public init(_ name: String, _ options: QueueOptions = QueueOptions()) {
        self.name = name
        self.options = options
    }

    /// Makes a declaration that changes some of the default options:
    /// `EventQueue("orders") { $0.maximumReceives = 5 }`.
    public init(_ name: String, _ change: (inout QueueOptions) -> Void) {
        self.init(name)
        change(&options)
    }

    /// The name of the queue that gets its dead letters.
    var deadLetterQueue: ByteText { ByteText(options.deadLetterQueue(of: name)) }
}
