import Testing
import Tidings
import TidingsTesting

/// How long each attribute may be, and what it may hold: at its bound it is accepted, one byte beyond it is not.
struct EnvelopeBoundTests {
    struct Bound: Sendable, CustomTestStringConvertible {
        let name: String
        let length: ClosedRange<Int>
        let set: @Sendable (inout Envelope, String) -> Void

        init(_ name: String, _ length: ClosedRange<Int>, _ set: @escaping @Sendable (inout Envelope, String) -> Void) {
            (self.name, self.length, self.set) = (name, length, set)
        }

        var testDescription: String { name }
    }

    static let bounds = [
        Bound("id", 1...1024) { $0.id = EventID($1) }, Bound("source", 1...1024) { $0.source = $1 },
        Bound("type", 1...1024) { $0.type = EventType(rawValue: $1) }, Bound("subject", 1...1024) { $0.subject = $1 },
        Bound("datacontenttype", 1...1024) { $0.dataContentType = $1 },
        Bound("correlationid", 0...1024) { $0.correlationID = $1 },
        Bound("causationid", 0...1024) { $0.causationID = EventID($1) },
        Bound("traceparent", 0...256) { $0.trace = TraceContext(parent: $1) },
        Bound("tracestate", 0...8192) { $0.trace = TraceContext(parent: "p", state: $1) },
        Bound("note", 0...1024) { $0.extensions["note"] = .text($1) },
    ]

    private static func event() -> Envelope {
        Envelope(id: "1", source: "a", type: "b", time: Timestamp(seconds: 0), data: EventBytes("{}"))
    }

    @Test(arguments: bounds)
    func `an attribute has so many bytes and no more`(_ bound: Bound) throws {
        for length in [bound.length.lowerBound, bound.length.upperBound] {
            var event = Self.event()
            bound.set(&event, String(repeating: "x", count: length))
            try event.validate()
            #expect(try Envelope(json: event.json) == event)
        }
        for length in [bound.length.lowerBound - 1, bound.length.upperBound + 1] where length >= 0 {
            var event = Self.event()
            bound.set(&event, String(repeating: "x", count: length))
            let error = #expect(throws: TidingsError.self) { try event.validate() }
            let range = "\(bound.length.lowerBound) to \(bound.length.upperBound)"
            #expect(error?.code == .invalid)
            #expect(error?.message == "the attribute \(bound.name) has \(range) bytes, not \(length)")
        }
    }

    @Test(arguments: bounds)
    func `no attribute holds a control character`(_ bound: Bound) {
        var event = Self.event()
        bound.set(&event, "a\nb")
        let error = #expect(throws: TidingsError.self) { try event.validate() }
        #expect(error?.message == "the attribute \(bound.name) holds a control character")
    }

    @Test func `a time has so many digits and no more`() throws {
        func json(_ digits: Int) -> EventBytes {
            let time = "2026-01-31T12:00:00.\(String(repeating: "1", count: digits))Z"
            return EventBytes(#"{"id":"1","source":"a","type":"b","time":"\#(time)"}"#)
        }
        #expect(try Envelope(json: json(43)).writtenTime.utf8.count == 64)
        let error = #expect(throws: TidingsError.self) { try Envelope(json: json(44)) }
        #expect(error?.message == "the attribute time has 1 to 64 bytes, not 65")
    }

    @Test(
        arguments: [
            ("note", .number("7"), nil), ("note", .number("-1.5e3"), nil), ("note", .boolean(false), nil),
            ("replay-name", "march", nil), ("resources", .list("[]"), nil),
            ("resources", .list("[ \"a\",\n\"b\" ]"), nil),
            ("note", .number("seven"), "not a number"), ("note", .number("1 "), "not a number"),
            ("note", .number(""), "1 to 1024 bytes"), ("note", .list(#"["a"]"#), "only resources"),
            ("resources", .list("[1]"), "only resources"), ("resources", .list("[\"a\""), "only resources"),
            ("resources", .list(#""a","list":["b"]"#), "only resources"), ("resources", .list(""), "1 to 262144 bytes"),
            ("", "x", "1 to 64"), ("Priority", "x", "lower-case"), ("-name", "x", "only between"),
            ("name-", "x", "only between"), ("na_me", "x", "lower-case"), ("time", "x", "a field of every event"),
            ("data", "x", "a field of every event"), ("detail", "x", "a field of every event"),
        ] as [(String, ExtensionValue, String?)])
    func `an extension has a name and a value that CloudEvents or EventBridge knows`(
        name: String, value: ExtensionValue, refusal: String?
    ) throws {
        var event = Self.event()
        event.extensions[name] = value
        guard let refusal else {
            try event.validate()
            #expect(try Envelope(json: event.json) == event)
            return
        }
        let error = #expect(throws: TidingsError.self) { try event.validate() }
        #expect(error?.message.contains(refusal) == true, "\(error?.message ?? "")")
    }

    @Test func `resources are as long as the events of EventBridge`() throws {
        var event = Self.event()
        event.extensions["resources"] = .list("[\"\(String(repeating: "x", count: 262_140))\"]")
        try event.validate()
        event.extensions["resources"] = .list("[\"\(String(repeating: "x", count: 262_141))\"]")
        #expect(throws: TidingsError.self) { try event.validate() }
    }
}
