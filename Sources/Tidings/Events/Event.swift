/// Something that happened, in the past tense, as a value that services share.
///
/// ```swift
/// struct OrderCreated: Event {
///     static let type: EventType = "order.created.v1"
///     let orderID: OrderID
///     var subject: String? { orderID.rawValue }
/// }
/// ```
public protocol Event: Codable, Sendable {
    /// The name and version under which the event travels.
    static var type: EventType { get }

    /// What the event is about: the key by which a consumer group keeps order. `nil`, the default, keeps none.
    var subject: String? { get }

    /// The forms from which this version can be read: its own, and those it can lift. Given by the library.
    static var forms: [EventForm<Self>] { get }

    /// The older forms to be written beside this one for consumers that know no better. Given by the library.
    func loweredForms() throws -> [any Event]
}

extension Event {
    /// No subject: events of this type are not kept in order.
    public var subject: String? { nil }

    /// The event's own form, and those that it lifts.
    public static var forms: [EventForm<Self>] { [.own] }

    /// The older forms that are published beside this one.
    public func loweredForms() throws -> [any Event] { [] }
}

/// A newer version of an event, which names the one before it and lifts the old to the new.
///
/// A handler of the newer version receives the older ones too, lifted. The chain is checked by the compiler and may be
/// of any length.
public protocol UpcastableEvent: Event {
    /// The version before this one.
    associatedtype Previous: Event

    /// Lifts the version before to this one.
    init(upcasting previous: Previous) throws
}

extension UpcastableEvent {
    /// The event's own form, and those that it lifts.
    public static var forms: [EventForm<Self>] {
        [.own]
            + Previous.forms.map { form in
                EventForm(type: form.type) { try Self(upcasting: form.decode($0)) }
            }
    }
}

/// A newer version that can still be written as the one before it, while consumers of that one exist.
///
/// Publishing one publishes its older form as well: an event of its own, with the attribute `twinof`. A consumer that
/// takes the newer version skips the twin.
public protocol LowerableEvent: UpcastableEvent {
    /// Writes this event as the version before it.
    func lowered() throws -> Previous
}

extension LowerableEvent {
    /// The older forms that are published beside this one.
    public func loweredForms() throws -> [any Event] {
        let previous = try lowered()
        return try [previous] + previous.loweredForms()
    }
}

/// One form in which an event may arrive: its type, and how its data becomes the event.
public struct EventForm<E: Event>: Sendable {
    /// The type in the envelope.
    public let type: EventType
    let decode: @Sendable (EventBytes) throws -> E

    init(type: EventType, decode: @escaping @Sendable (EventBytes) throws -> E) {
        self.type = type
        self.decode = decode
    }

    static var own: EventForm<E> {
        EventForm(type: E.type) { try EventCoding.decode(E.self, from: $0) }
    }
}
