import Tidings
import TidingsRouting

/// An event of a file or of a case, as patterns see it.
///
/// An object that has a source and a type, both of them text, is an event, and is read as a bus reads it when it is
/// published: an id and a time are filled in if they are missing. Any other object is a part of an event, and patterns see
/// it as it stands.
struct TestedEvent {
    /// What patterns see, as one JSON object.
    let json: [UInt8]
    /// That a bus would refuse the event, and why; patterns are tried on its text then.
    let refusal: String?
    private let envelope: Envelope?

    /// - Throws: Why the text is not a JSON object, and where.
    init(_ text: [UInt8]) throws(JSONError) {
        let names = try Names(text)
        guard names.areThoseOfAnEvent else {
            (json, refusal, envelope) = (text, nil, nil)
            return
        }
        do throws(TidingsError) {
            let envelope = try Envelope(json: EventBytes(text), filling: .system)
            json = Array(envelope.matchedJSON(names: (names.type, names.data)))
            refusal = nil
            self.envelope = envelope
        } catch {
            (json, refusal, envelope) = (text, "a bus refuses this event: \(error.message)", nil)
        }
    }

    /// Whether the event satisfies a pattern: for a whole event the answer of the routes that buses use.
    func satisfies(_ pattern: EventPattern) throws(JSONError) -> Bool {
        if let envelope {
            var routes = EventRoutes<Bool>()
            routes.set(pattern, for: true)
            return !routes.search(envelope).isEmpty
        }
        var router = PatternRouter<Bool>()
        router.insert(pattern, for: true)
        return try !router.matches(json.span.bytes).isEmpty
    }

    /// What there is to say of each value of a pattern.
    func explanation(of pattern: EventPattern) throws(JSONError) -> PatternExplanation {
        try pattern.explain(event: json)
    }
}

extension TestedEvent {
    /// What an object calls its type and its data, and whether it has what only events have.
    private struct Names {
        private(set) var type = "type"
        private(set) var data = "data"
        private var hasSource = false
        private var hasType = false

        var areThoseOfAnEvent: Bool { hasSource && hasType }

        init(_ text: [UInt8]) throws(JSONError) {
            var names = Names()
            try JSON.forEachMember(of: text.span.bytes) { member in
                switch member.name {
                case "source": names.hasSource = member.kind == .string
                case "type", "detail-type":
                    names.type = member.name
                    names.hasType = member.kind == .string
                case "data", "detail": names.data = member.name
                default: break
                }
            }
            self = names
        }

        private init() {}
    }
}
