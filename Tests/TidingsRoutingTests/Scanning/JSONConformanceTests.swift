import Testing
import TidingsRouting

struct JSONConformanceTests {
    @Test(arguments: ConformanceCase.all)
    func `a text is accepted as RFC 8259 says`(text: ConformanceCase) {
        if text.isValid {
            #expect(throws: Never.self) { try JSON.validate(text.text) }
        } else {
            #expect(throws: JSONError.self) { try JSON.validate(text.text) }
        }
    }

    @Test(arguments: ConformanceCase.all)
    func `a text inside of an event is accepted as it is alone`(text: ConformanceCase) throws {
        var router = PatternRouter<Int>()
        router.insert(try EventPattern(json: "{\"wanted\":[{\"exists\":true}]}"), for: 1)
        for name in ["wanted", "other"] {
            let event = Array("{\"\(name)\":[[".utf8) + text.text + Array("]]}".utf8)
            // What is one value too many alone, or white space, is so in a list as well, but for depth and two values.
            guard text.text.count < 500 else { continue }
            let isValid = (try? JSON.validate(event)) != nil
            let answer = event.withUnsafeBytes { bytes in try? router.matches(bytes.bytes) }
            #expect((answer != nil) == isValid)
        }
    }

    @Test(arguments: [
        ("{\"a\":01}", JSONError.Code.number, 5), ("[1,]", .unexpectedByte, 3), ("[1", .endOfText, 2),
        ("\"\\x\"", .escape, 1), ("\"a\\ud800\"", .surrogate, 2), ("\"a\nb\"", .controlCharacter, 2),
        ("1 2", .trailingText, 2),
        ("", .endOfText, 0),
    ])
    func `an error says what and where`(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSON.validate(Array(text.utf8)) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `a text that breaks off anywhere is refused and never read beyond`() {
        let text = Array(" {\"a\":[1,-2.5e3,\"\\ud83d\\ude80é🚲\",true,null,{\"b\":\"0123456789abcdef\"}]} ".utf8)
        for length in 0..<text.count - 1 {
            #expect(throws: JSONError.self) { try JSON.validate(Array(text[..<length])) }
        }
    }
}
