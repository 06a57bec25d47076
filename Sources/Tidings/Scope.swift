/// The name of a system, from which its consumer groups, sources, folder and schemas are made, so that several systems can
/// share one bus, one folder and one database server.
///
/// ```swift
/// let orders: Scope = "orders"
/// orders.group("checkout")    // "orders.checkout"
/// orders.source("payment")    // "/orders/payment"
/// orders.schema("payment")    // "orders_payment"
/// ```
///
/// The subscribers of a database that was opened with a scope consume as `<scope>.<name>`, and their handlers hear the
/// events of their own system, unless they say otherwise: types of one name may exist in several systems.
public struct Scope: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name: a lower-case letter, then lower-case letters, digits and hyphens; 63 bytes at most.
    public let name: String
    /// The sources of the system's events: those that begin with `/<name>/` unless something else was given.
    public let sources: EventSource

    /// Makes a scope. A name that is not valid is refused when a database or a platform is opened with it.
    /// - Parameters:
    ///   - name: the name of the system.
    ///   - sources: the sources of its events, if they do not begin with `/<name>/`.
    public init(_ name: String, sources: EventSource? = nil) {
        self.name = name
        self.sources = sources ?? .prefix("/\(name)/")
    }

    /// Makes a scope whose sources begin with `/<name>/`.
    public init(stringLiteral name: String) {
        self.init(name)
    }

    /// The consumer group of a subscriber: `<scope>.<subscriber>`.
    public func group(_ subscriber: String) -> String { "\(name).\(subscriber)" }

    /// The source of what a service publishes, unless it names another: `/<scope>/<service>`.
    public func source(_ service: String) -> String { "/\(name)/\(service)" }

    /// The schema of a service in a database that several share: `<scope>_<service>`, with `_` for hyphens.
    public func schema(_ service: String) -> String {
        String("\(name)_\(service)".map { $0 == "-" ? "_" : $0 })
    }

    /// The folder of the system in one that several share.
    public func folder(in directory: String) -> String { "\(directory)/\(name)" }

    /// The name.
    public var description: String { name }

    /// Refuses a name that is not valid, and sources that name nothing.
    /// - Throws: ``TidingsError`` with code `misconfigured`.
    public func validate() throws(TidingsError) {
        let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let bytes = name.utf8
        guard sources != .scope else {
            throw TidingsError(.misconfigured, "the sources of scope \(name) are those of a scope; name them")
        }
        guard let first = bytes.first, isLetter(first), bytes.count <= 63,
            bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") })
        else {
            throw TidingsError(
                .misconfigured,
                """
                '\(name)' is not a valid name for a scope; it must be a lower-case letter, then lower-case letters, digits and \
                hyphens, 63 bytes at most
                """)
        }
    }
}
