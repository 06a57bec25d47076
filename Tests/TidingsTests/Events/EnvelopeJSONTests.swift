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
        #expect(event.extensions == ["partitionkey": "p", "resources": .list(#"["incident/5","driver/9"]"#)])
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

    @Test func `data that is not JSON comes as text or as Base64, and goes as it came`() throws {
        let text = #""id":"1","source":"a","type":"b","time":"2026-01-31T12:00:00Z","datacontenttype":"text/plain""#
        let plain = try Envelope(json: EventBytes("{\(text),\"data\":\"h\\u00e9\"}"))
        #expect(plain.data.text == "hé")
        let encoded = try Envelope(json: EventBytes("{\(text),\"data_base64\":\"aMOp\"}"))
        #expect(encoded.data == plain.data)
        #expect(plain.json.text.hasSuffix(#""data":"hé"}"#))
        #expect(encoded.json.text.hasSuffix(#""data_base64":"aMOp"}"#))
        for event in [plain, encoded] { #expect(try Envelope(json: event.json) == event) }
    }

    private static let head = #""id":"1","source":"a","type":"b","time":"2026-01-31T12:00:00Z""#

    @Test(arguments: [
        ("application/json", true), ("text/json", true), ("Application/JSON", true), ("image/json", true),
        ("application/json ; charset=utf-8", true), ("application/json\t;charset=utf-8", true),
        ("application/vnd.example.thing+json", true), ("application/problem+JSON;q=1", true), ("text/plain", false),
        ("application/jsonl", false), ("application/x-json-stream", false), ("json", false),
        ("application/+jsonx", false),
        ("text/plain; a=application/json", false), ("application/xml+json+xml", false),
    ])
    func `a media type is JSON by its subtype, whatever its case and parameters`(_ type: String, isJSON: Bool) throws {
        var event = Envelope(id: "1", source: "a", type: "b", time: Timestamp(seconds: 0), data: EventBytes("on"))
        event.dataContentType = type
        #expect(event.isJSON == isJSON)
        // What is JSON is checked.
        if isJSON {
            #expect(throws: TidingsError.self) { try event.validate() }
        } else if !type.contains("\t") {
            try event.validate()
        }
    }

    @Test(
        arguments: [
            (#""data":{"a": 1}"#, true, "{\"a\": 1}"), (#""data":null"#, true, "null"),
            (#""data":"on""#, true, "\"on\""),
            (#""datacontenttype":"text/plain","data":"on""#, false, "on"),
            (#""datacontenttype":"text/plain","data":"""#, false, ""),
            (#""datacontenttype":"text/plain","data":{"a": 1}"#, true, "{\"a\": 1}"),
            (#""datacontenttype":"text/plain","data":null"#, true, "null"),
            (#""datacontenttype":"text/plain","data_base64":"aMOp""#, false, "hé"),
            (#""datacontenttype":"text/plain","data_base64":"""#, false, ""),
            (#""datacontenttype":"text/plain""#, false, ""), (#""data_base64":"AP8Q""#, false, "\0\u{FFFD}\u{10}"),
            (#""data_base64":"eyJhIjoxfQ==""#, false, "{\"a\":1}"), (#""data_base64":"""#, false, ""),
            (#""datacontenttype":"text/json","data_base64":"eyJhIjoxfQ==""#, true, "{\"a\":1}"),
        ] as [(String, Bool, String)])
    func `data goes in the form in which it came`(_ members: String, isJSON: Bool, data: String) throws {
        let event = try Envelope(json: EventBytes("{\(Self.head),\(members)}"))
        #expect(event.isJSON == isJSON)
        #expect(event.data.text == data)
        let names = members.split(separator: ",").filter { !$0.contains("datacontenttype") }.joined(separator: ",")
        #expect(event.json.text.hasSuffix(names + "}"), "\(event.json.text)")
        #expect(try Envelope(json: event.json) == event)
        #expect(try Envelope(binary: event.binary()[...]) == event)
    }

    @Test func `data that is set anew stands in the form of its media type`() throws {
        var event = try Envelope(json: EventBytes(#"{\#(Self.head),"data_base64":"aMOp"}"#))
        event.data = EventBytes("[1]")
        #expect(event.json.text.hasSuffix(#""data":[1]}"#))
    }

    @Test(arguments: ["2026-01-31T12:00:00Z", "2026-01-31t13:00:00.000000001+01:00", "2026-01-31 12:00:00.5z"])
    func `a time goes to the digit as it was written, until another is set`(_ text: String) throws {
        var event = try Envelope(json: EventBytes(#"{"id":"1","source":"a","type":"b","time":"\#(text)"}"#))
        #expect(event.writtenTime == text)
        #expect(event.json.text.contains(#""time":"\#(text)""#))
        #expect(event.time == Timestamp(text))
        #expect(try Envelope(binary: event.binary()[...]).writtenTime == text)
        event.time = Timestamp(seconds: 0)
        #expect(event.writtenTime == "1970-01-01T00:00:00.000Z")
    }

    @Test func `extensions keep the types that they came with`() throws {
        let event = try Envelope(
            json: EventBytes(#"{\#(Self.head),"a":"","b":7,"c":1.50,"d":true,"e":false,"f":null,"replay-name":"r"}"#))
        #expect(
            event.extensions == [
                "a": "", "b": 7, "c": .number("1.50"), "d": true, "e": .boolean(false), "replay-name": "r",
            ])
        #expect(event.json.text.hasSuffix(#""a":"","b":7,"c":1.50,"d":true,"e":false,"replay-name":"r"}"#))
        #expect(try Envelope(binary: event.binary()[...]) == event)
    }

    @Test func `a trace state without a trace is kept as an extension`() throws {
        var event = try Envelope(json: EventBytes(#"{\#(Self.head),"tracestate":"a=b"}"#))
        #expect(event.trace == nil)
        #expect(event.json.text.hasSuffix(#""tracestate":"a=b"}"#))
        #expect(try Envelope(json: event.json) == event)
        event.trace = TraceContext(parent: "p")
        #expect(throws: TidingsError.self) { try event.validate() }
    }

    @Test(arguments: [
        (#"{"partitionkey":"p"}"#, "p"), (#"{"partitionkey":7}"#, "7"), (#"{"partitionkey":""}"#, "s"), (#"{}"#, "s"),
    ])
    func `the partition key is what it reads as, and no empty one`(_ extensions: String, key: String) throws {
        let members = extensions.dropFirst().dropLast()
        let event = try Envelope(
            json: EventBytes(#"{\#(Self.head),"subject":"s"\#(members.isEmpty ? "" : ",")\#(members)}"#))
        #expect(event.orderingKey == key)
    }

    @Test(arguments: [
        ("\"type\":\"c\"", "type, which detail-type is as well, stands twice"),
        ("\"detail-type\":\"c\"", "type, which detail-type is as well, stands twice"),
        ("\"source\":null", "source stands twice"), ("\"data\":1,\"data\":2", "data, which detail is as well, stands"),
        ("\"data\":1,\"detail\":2", "data, which detail is as well, stands twice"),
        ("\"note\":null,\"note\":1", "note stands twice"),
        ("\"subject\":7", "subject is text, such as \"7\", not a number"),
        ("\"correlationid\":true", "correlationid is text, such as \"7\", not a boolean"),
        ("\"data_base64\":7", "data_base64 is text"),
        ("\"note\":[\"a\"]", "note is text, a number or a boolean, not a list"),
        ("\"resources\":[1]", "the attribute resources is a list"),
        ("\"datacontenttype\":\"text/json\",\"data_base64\":\"\"", "is not JSON"),
    ])
    func `an attribute that is ambiguous or of another type is refused`(_ members: String, _ reason: String) {
        let error = #expect(throws: TidingsError.self) {
            try Envelope(json: EventBytes("{\(Self.head),\(members)}"))
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("[]", "not a JSON object"), (#"{"id":"1""#, "not a JSON object"), (#"{"source":"a","type":"b"}"#, "no id"),
        (#"{"id":"1","type":"b"}"#, "no source"), (#"{"id":"1","source":"a"}"#, "no type"),
        (#"{"id":"1","source":"a","type":"b"}"#, "no time"),
        (#"{"id":"1","source":"a","type":"b","time":"noon"}"#, "RFC 3339"),
        (#"{"specversion":"0.3","id":"1","source":"a","type":"b"}"#, "specversion"),
        (#"{"id":["1"],"source":"a","type":"b"}"#, "id is text"),
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
