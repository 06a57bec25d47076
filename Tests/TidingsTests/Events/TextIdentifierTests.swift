import Testing
import Tidings
import TidingsRouting

/// "é" as one scalar, and as an "e" with an accent: equal for `String`, two for a database.
let composed = "caf\u{E9}"
let decomposed = "cafe\u{301}"

@Suite struct TextIdentifierTests {
    private func areTwo<Value: Hashable>(_ make: (String) -> Value) -> Bool {
        let (one, other) = (make(composed), make(decomposed))
        return one != other && !(one == other) && one == make(composed)
            && Set([one, other, make(decomposed)]).count == 2
    }

    @Test func `identifiers are told apart by their bytes`() {
        #expect(composed == decomposed)
        #expect(EventType(rawValue: composed) != EventType(rawValue: decomposed))
        #expect(EventID(composed) != EventID(decomposed))
        #expect(areTwo(EventType.init(rawValue:)))
        #expect(areTwo(EventID.init(_:)))
        #expect(areTwo(ByteText.init(_:)))
        #expect(areTwo(ExtensionValue.text))
        #expect(areTwo(EventSource.exactly))
        #expect(areTwo(EventSource.prefix))
        #expect(areTwo { Subscription(group: $0, pattern: .all) })
        #expect(areTwo { TraceContext(parent: $0) })
        #expect(areTwo { TraceContext(parent: "", state: $0) })
    }

    @Test func `identifiers are ordered by their bytes, as a database orders them`() {
        let sorted = [EventID(composed), EventID("cafz"), EventID(decomposed)].sorted()
        #expect(sorted.map(\.rawValue.utf8.count) == [6, 4, 5])
    }

    @Test(arguments: ["", "e", "12345678", "123456789", String(repeating: "x", count: 100)])
    func `texts of the same bytes are the same, whatever their length`(_ text: String) {
        #expect(ByteText(text) == ByteText(String(text.reversed().reversed())))
        #expect(ByteText(text + "a") != ByteText(text + "b"))
        #expect(ByteText("a" + text) != ByteText("b" + text))
        #expect(ByteText(text) != ByteText(text + "a"))
    }

    @Test func `events that differ in the form of one attribute are two events`() {
        func event(
            id: String = "i", source: String = "/s", type: String = "t", subject: String = "s", mediaType: String = "m",
            correlation: String = "c", cause: String = "e", key: String = "k"
        ) -> Envelope {
            Envelope(
                id: EventID(id), source: source, type: EventType(rawValue: type), subject: subject,
                time: Timestamp(microseconds: 0), dataContentType: mediaType, correlationID: correlation,
                causationID: EventID(cause), extensions: ["partitionkey": .text(key)], data: EventBytes(""))
        }
        #expect(areTwo { event(id: $0) })
        #expect(areTwo { event(source: $0) })
        #expect(areTwo { event(type: $0) })
        #expect(areTwo { event(subject: $0) })
        #expect(areTwo { event(mediaType: $0) })
        #expect(areTwo { event(correlation: $0) })
        #expect(areTwo { event(cause: $0) })
        #expect(areTwo { event(key: $0) })
    }

    @Test func `names that are typed are plain text`() throws {
        func refusal(_ group: String) -> String? {
            do throws(TidingsError) {
                try Subscription(group: group, pattern: .all).validate()
                return nil
            } catch {
                return error.message
            }
        }
        for name in ["stock", "orders.mail-2", composed, "\u{65E5}\u{672C}", "\u{AC00}", "\u{1F4E6}"] {
            #expect(refusal(name) == nil)
        }
        #expect(
            refusal(decomposed) == """
                the name of a consumer group is "cafe\u{301}", in which U+0301 is a combining mark; it must be plain text, each \
                character as a single code point (normal form C)
                """)
        #expect(refusal("a\nb")?.contains("U+000A is a control character") == true)
        #expect(refusal("a\u{7F}")?.contains("U+007F is a control character") == true)
        #expect(refusal("a\u{2028}")?.contains("U+2028 is a line separator") == true)
        #expect(refusal("\u{1100}\u{1161}")?.contains("U+1161 is a part of a Hangul syllable") == true)
        #expect(refusal("\u{212A}")?.contains("U+212A is another way to write a character") == true)
    }
}
