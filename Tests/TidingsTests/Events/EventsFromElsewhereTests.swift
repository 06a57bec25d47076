import Testing
import Tidings
import TidingsRouting
import TidingsTesting

struct EventsFromElsewhereTests {
    private static let environment = RuntimeEnvironment.seeded(1)
    private static let accepted = EventFromElsewhere.all.filter(\.accepted)
    private static let refused = EventFromElsewhere.all.filter { !$0.accepted }

    @Test func `each line of the file is a case`() {
        #expect(EventFromElsewhere.all.count == 36)
        #expect(Self.refused.count == 9)
    }

    @Test(arguments: accepted)
    func `an event is taken whole and given back as it came`(_ example: EventFromElsewhere) throws {
        let event = try Envelope(json: EventBytes(example.event), filling: Self.environment)
        let before = try Members(of: EventBytes(example.event))
        var after = try Members(of: event.json)
        for filledIn in ["specversion", "id", "time"] where before.values[filledIn] == nil {
            after.values[filledIn] = nil
        }
        #expect(after.values == before.values)
        #expect(try Envelope(json: event.json) == event)
        #expect(try event.json == Envelope(binary: event.binary()[...]).json)
    }

    @Test(arguments: accepted.filter { $0.pattern != nil })
    func `patterns see an event from elsewhere as it was written`(_ example: EventFromElsewhere) throws {
        let event = try Envelope(json: EventBytes(example.event), filling: Self.environment)
        let pattern = try EventPattern(json: try #require(example.pattern))
        let expected = try #require(example.matches as Bool?)
        var routes = EventRoutes<Int>()
        routes.set(pattern, for: 1)
        #expect(routes.matches(event) == (expected ? [1] : []))
        let kept = try Envelope(binary: event.binary()[...])
        #expect(routes.matches(kept) == (expected ? [1] : []))
        // What explains a match sees the same.
        #expect(try pattern.explain(event: event.matchedJSON()).matches == expected)
    }

    /// Every event with the pattern of every case, and with some that look at what is filled in and what is not data.
    @Test(arguments: accepted)
    func `the bus and the explanation agree, whatever is asked`(_ example: EventFromElsewhere) throws {
        let event = try Envelope(json: EventBytes(example.event), filling: Self.environment)
        let others = [
            #"{"specversion":["1.0"]}"#, #"{"data":[{"exists":true}]}"#, #"{"data":[{"exists":false}]}"#,
            #"{"data_base64":[{"exists":true}]}"#, #"{"id":[{"prefix":"e"}]}"#,
            #"{"datacontenttype":[{"suffix":"json"}]}"#,
            #"{"resources":[{"anything-but":"x"}],"type":[{"prefix":"T"}]}"#, #"{"priority":[7.0]}"#,
        ]
        for text in Self.accepted.compactMap(\.pattern) + others {
            let pattern = try EventPattern(json: text)
            var routes = EventRoutes<Int>()
            routes.set(pattern, for: 1)
            let expected = try pattern.explain(event: event.matchedJSON()).matches
            #expect(routes.search(event).isEmpty != expected, "\(text)")
        }
    }

    @Test(arguments: refused)
    func `what no bus takes is refused with the reason`(_ example: EventFromElsewhere) throws {
        let error = #expect(throws: TidingsError.self) {
            try Envelope(json: EventBytes(example.event), filling: Self.environment)
        }
        #expect(error?.code == .invalid)
        let words = [
            "CloudEvents, data_base64 that is not the JSON it says": "is not JSON",
            "CloudEvents, data and data_base64": "data or data_base64, not both",
            "CloudEvents, a byte order mark": "byte order mark", "CloudEvents, a trailing comma": "byte 74",
            "CloudEvents, an id that comes twice": "id stands twice",
            "CloudEvents, correlation id of 70,000 bytes": "correlationid has 0 to 1024 bytes, not 70000",
            "CloudEvents, specversion 0.3": "only 1.0",
            "CloudEvents, an extension in capitals": "Priority",
            "CloudEvents, an extension that is an object": "place",
        ]
        let expected = try #require(words[example.name])
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }
}

/// The members of an object by their CloudEvents names, each as it was written; what is `null` is left out, but for data.
private struct Members {
    var values: [String: String] = [:]

    init(of json: EventBytes) throws {
        var values: [String: String] = [:]
        try json.withUnsafeBytes { bytes in
            try JSON.forEachMember(of: bytes.bytes) { member in
                let name = ["detail-type": "type", "detail": "data"][member.name] ?? member.name
                guard member.kind != .null || name == "data" else { return }
                let text = member.string(in: bytes.bytes).map { "the string \($0)" }
                values[name] = text ?? String(decoding: bytes[member.value], as: UTF8.self)
            }
        }
        self.values = values
    }
}
