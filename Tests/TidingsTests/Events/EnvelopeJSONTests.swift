import Testing
import Tidings
import TidingsRouting
import TidingsTesting

struct EnvelopeJSONTests {
    private static let whole = """
        {"specversion":"1.0","id":"7","source":"/roadcall","type":"incident.opened.v1","subject":"incident/5",\
        "time":"2026-01-31T12:00:00Z","datacontenttype":"application/json","correlationid":"c","causationid":"6",\
        "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","tracestate":"a=b","partitionkey":"p",\
        "resources":["incident/5","driver/9"],"data":{"state": "open"}}
        """

    @Test func `each name of the JSON form is an attribute, and is written again as it came`() throws {
        let event = try Envelope(json: EventBytes(Self.whole))
        #expect(event.id == "7")
        #expect(event.source == "/roadcall")
        #expect(event.type == "incident.opened.v1")
        #expect(event.subject == "incident/5")
        #expect(event.time == Timestamp("2026-01-31T12:00:00Z"))
        #expect(event.dataContentType == "application/json")
        #expect(event.correlationID == "c")
        #expect(event.causationID == "6")
        #expect(event.trace?.parent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(event.trace?.state == "a=b")
        #expect(event.extensions == ["partitionkey": "p", "resources": #"["incident/5","driver/9"]"#])
        #expect(event.orderingKey == "p")
        #expect(event.data.text == #"{"state": "open"}"#)
        #expect(try Envelope(json: event.json) == event)
        #expect(event.json.text.contains(#""resources":["incident/5","driver/9"]"#))
    }

    @Test(arguments: [
        #"{"type":[{"prefix":"incident."}]}"#, #"{"resources":["driver/9"]}"#,
        #"{"resources":[{"prefix":"incident/"}],"detail":{"state":["open"]}}"#,
        #"{"detail-type":["incident.opened.v1"],"partitionkey":["p"],"specversion":["1.0"]}"#,
    ])
    func `patterns see the names of both documents, and resources as a list`(_ pattern: String) throws {
        var routes = EventRoutes<Int>()
        routes.set(try EventPattern(json: pattern), for: 1)
        #expect(routes.matches(try Envelope(json: EventBytes(Self.whole))) == [1])
    }

    @Test func `the names of EventBridge are taken as the same fields`() throws {
        let event = try Envelope(
            json: EventBytes(
                #"{"id":"1","source":"a","detail-type":"b","time":"2026-01-31T12:00:00Z","detail":[1,2]}"#))
        #expect(event.type == "b")
        #expect(event.data.text == "[1,2]")
    }

    @Test func `a missing id and time are filled in where the caller says from where`() throws {
        let text = EventBytes(#"{"source":"a","type":"b"}"#)
        #expect(throws: TidingsError.self) { try Envelope(json: text) }
        let clock = ManualClock()
        let event = try Envelope(json: text, filling: .seeded(1, clock: clock))
        #expect(event.time == clock.now())
        #expect(!event.id.rawValue.isEmpty)
    }

    @Test func `data that is no JSON comes as text or as Base64, and goes as Base64`() throws {
        let text = #""id":"1","source":"a","type":"b","time":"2026-01-31T12:00:00Z","datacontenttype":"text/plain""#
        let plain = try Envelope(json: EventBytes("{\(text),\"data\":\"h\\u00e9\"}"))
        #expect(plain.data.text == "hé")
        let encoded = try Envelope(json: EventBytes("{\(text),\"data_base64\":\"aMOp\"}"))
        #expect(encoded.data == plain.data)
        #expect(plain.json.text.hasSuffix(#""data_base64":"aMOp"}"#))
        #expect(try Envelope(json: plain.json) == plain)
    }

    @Test(arguments: [
        ("[]", "no JSON object"), (#"{"id":"1""#, "no JSON object"), (#"{"source":"a","type":"b"}"#, "no id"),
        (#"{"id":"1","type":"b"}"#, "no source"), (#"{"id":"1","source":"a"}"#, "no type"),
        (#"{"id":"1","source":"a","type":"b"}"#, "no time"),
        (#"{"id":"1","source":"a","type":"b","time":"noon"}"#, "RFC 3339"),
        (#"{"specversion":"0.3","id":"1","source":"a","type":"b"}"#, "specversion"),
        (#"{"id":["1"],"source":"a","type":"b"}"#, "attribute id"),
        (#"{"id":"","source":"a","type":"b","time":"2026-01-31T12:00:00Z"}"#, "attribute id"),
        (#"{"id":"1","source":"a","type":"b","time":"2026-01-31T12:00:00Z","data_base64":"?"}"#, "Base64"),
        (
            #"{"id":"1","source":"a","type":"b","time":"2026-01-31T12:00:00Z","data":1,"data_base64":"aMOp"}"#,
            "not both"
        ),
    ])
    func `what is no event is refused with the reason`(_ text: String, _ reason: String) {
        let error = #expect(throws: TidingsError.self) { try Envelope(json: EventBytes(text)) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(reason) == true)
    }

    @Test func `control characters, quotes and backslashes survive the way there and back`() throws {
        let clock = ManualClock()
        var event = Envelope(id: "\"\\é", source: "a", type: "b", time: clock.now(), data: EventBytes(#"{"a":"\n"}"#))
        event.extensions["note"] = "é \"\\"
        #expect(try Envelope(json: event.json) == event)
    }
}
