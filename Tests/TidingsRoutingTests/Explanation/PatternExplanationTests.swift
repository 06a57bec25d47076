import Foundation
import Testing
import TidingsRouting

struct PatternExplanationTests {
    @Test(
        arguments: [
            (
                #"{"data":{"total":[{"numeric":[">",100]}]}}"#, #"{"data":{"total":"120"}}"#,
                #"`data.total` is the string "120"; `numeric` matches numbers only"#
            ),
            (
                #"{"detail":{"stat":["on"]}}"#, #"{"detail":{"state":"on"}}"#,
                "no field `detail.stat`; there is `detail.state`"
            ),
            (#"{"data":{"stat":["on"]}}"#, #"{"data":{"state":"on"}}"#, "no field `data.stat`; there is `data.state`"),
            (
                #"{"data":{"State":["on"]}}"#, #"{"data":{"state":"on"}}"#,
                "no field `data.State`; there is `data.state`"
            ),
            (
                #"{"data":{"customer":{"id":[1]}}}"#, #"{"data":{"custommer":{"id":1}}}"#,
                "no field `data.customer.id`; there is `data.custommer.id`"
            ),
            (#"{"dat":{"total":[1]}}"#, #"{"data":{"total":1}}"#, "no field `dat.total`; there is `data.total`"),
            (#"{"data":{"total":[1]}}"#, #"{"data":{"quantity":1}}"#, "no field `data.total`"),
            (#"{"a":["x"]}"#, #"{}"#, "no field `a`"),
            (#"{"a":["x"]}"#, #"{"a":{"b":"x"}}"#, "`a` is an object; a pattern's values stand for scalars"),
            (#"{"a":["x"]}"#, #"{"a":[]}"#, "`a` is an empty array; a pattern's values stand for scalars"),
            (#"{"a":["x"]}"#, #"{"a":"y"}"#, #"`a` is the string "y", not "x""#),
            (
                #"{"a":["x"]}"#, #"{"a":"X"}"#,
                #"`a` is the string "X", not "x"; they differ in case, which `equals-ignore-case` would ignore"#
            ),
            (
                "{\"a\":[\"\u{e9}\"]}", "{\"a\":\"e\u{301}\"}",
                "`a` is the string \"e\u{301}\", not \"\u{e9}\"; they look alike but are different Unicode characters"
            ),
            (#"{"a":["1"]}"#, #"{"a":1}"#, #"`a` is the number 1; the pattern asks for the string "1""#),
            (#"{"a":[1]}"#, #"{"a":"1"}"#, #"`a` is the string "1"; the pattern asks for the number 1"#),
            (#"{"a":[1]}"#, #"{"a":2.50}"#, "`a` is the number 2.50, not 1"),
            (#"{"a":[null]}"#, #"{"a":""}"#, #"`a` is the string ""; the pattern asks for null"#),
            (#"{"a":[true]}"#, #"{"a":false}"#, "`a` is the boolean false, not true"),
            (#"{"a":[true]}"#, #"{"a":null}"#, "`a` is null; the pattern asks for the boolean true"),
            (
                #"{"a":[{"numeric":[">",0,"<=",5]}]}"#, #"{"a":6}"#,
                "`a` is the number 6, which is not above 0 and at most 5"
            ),
            (#"{"a":[{"prefix":"x"}]}"#, #"{"a":"y"}"#, #"`a` is the string "y", which does not begin with "x""#),
            (#"{"a":[{"prefix":"x"}]}"#, #"{"a":1}"#, "`a` is the number 1; `prefix` matches strings only"),
            (
                #"{"a":[{"suffix":{"equals-ignore-case":"x"}}]}"#, #"{"a":"y"}"#,
                #"`a` is the string "y", which does not end with "x" in any case"#
            ),
            (
                #"{"a":[{"wildcard":"a*b"}]}"#, #"{"a":"y"}"#,
                #"`a` is the string "y", which the wildcard "a*b" does not match"#
            ),
            (
                #"{"a":[{"equals-ignore-case":"x"}]}"#, #"{"a":"y"}"#,
                #"`a` is the string "y", which is not "x" in any case"#
            ),
            (
                #"{"a":[{"anything-but":["x","y"]}]}"#, #"{"a":"y"}"#,
                #"`a` is the string "y", which is among what `anything-but` excludes: ["x","y"]"#
            ),
            (#"{"a":[{"exists":false}]}"#, #"{"a":null}"#, "`a` is there, null; `exists: false` wants no value"),
            (
                #"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":"11.0.0.1"}"#,
                #"`a` is the string "11.0.0.1", which is not in 10.0.0.0/8"#
            ),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":"x"}"#, #"`a` is the string "x"; that is no IP address"#),
            (
                #"{"a":["x"]}"#, #"{"a":["y","z"]}"#,
                #"none of the 2 values of `a` holds: the first is the string "y", not "x""#
            ),
            (
                #"{"a":{"b":[1],"c":[2]},"d":[3]}"#, #"{"a":[{"b":1},{"c":2}],"d":3}"#,
                "`a.c` holds, but not in the same element of an array as `a.b`; fields inside one array must hold in one "
                    + "element of it"
            ),
        ] as [(String, String, String)])
    func `the first reason why not is written for a person`(pattern: String, event: String, reason: String) throws {
        let explanation = try EventPattern(json: pattern).explain(event: event)
        #expect(!explanation.matches)
        #expect(explanation.reason == reason)
    }

    @Test func `each value of the pattern has an entry with what was found`() throws {
        let pattern = try EventPattern(
            json: #"{"type":["a",{"prefix":"b"}],"$or":[{"x":[1]},{"y":[{"exists":true}]}]}"#)
        let explanation = try pattern.explain(event: #"{"type":"bc","x":[2,3]}"#)
        #expect(!explanation.matches)
        let lines = explanation.explanation.map { value in
            "\(value.path) \(value.expected) \(value.found?.description ?? "none") \(value.matches)"
        }
        #expect(
            lines == [
                #"type "a" "bc" false"#, #"type {"prefix":"b"} "bc" true"#, "x 1 [2,3] false",
                #"y {"exists":true} none false"#,
            ])
    }

    @Test func `a pattern that holds has no reason, though values of it may fail`() throws {
        let explanation = try EventPattern(json: #"{"a":[1,2]}"#).explain(event: #"{"a":2}"#)
        #expect(explanation.matches)
        #expect(explanation.reason == nil)
        #expect(explanation.explanation.map(\.matches) == [false, true])
    }

    @Test func `an explanation is the JSON that the API answers with`() throws {
        let explanation = try EventPattern(json: #"{"data":{"total":[{"numeric":[">",1]}],"x":[1e400]}}"#)
            .explain(event: #"{"detail":{"total":"2"}}"#)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(explanation), as: UTF8.self)
        #expect(
            json == #"{"explanation":["#
                + #"{"expected":{"numeric":[">",1]},"found":"2","matches":false,"path":"detail.total","#
                + #""reason":"`detail.total` is the string \"2\"; `numeric` matches numbers only"},"#
                + #"{"expected":"1e400","matches":false,"path":"detail.x","reason":"no field `detail.x`"}],"matches":false}"#
        )
        let read = try JSONDecoder().decode(PatternExplanation.self, from: Data(json.utf8))
        #expect(read.matches == explanation.matches)
        #expect(read.explanation.map(\.reason) == explanation.explanation.map(\.reason))
    }

    @Test func `long text is cut in a reason`() throws {
        let long = String(repeating: "x", count: 1_000)
        let explanation = try EventPattern(json: #"{"a":["y"]}"#).explain(event: #"{"a":"\#(long)"}"#)
        #expect(try #require(explanation.reason).count < 120)
    }

    @Test(arguments: [(#"{"a":"#, "}"), ("[", "]")])
    func `an event nested as deep as it may be is explained`(open: String, close: String) throws {
        let deep =
            String(repeating: open, count: JSON.maximumDepth - 1) + "1"
            + String(repeating: close, count: JSON.maximumDepth - 1)
        #expect(try EventPattern(json: #"{"a":[1]}"#).explain(event: #"{"a":\#(deep)}"#).matches == (open == "["))
    }

    @Test(.timeLimit(.minutes(1))) func `thousands of elements are explained in good time`() throws {
        let pattern = try EventPattern(
            json: #"{"a":{"b":[{"exists":true}],"c":[-1],"d":[{"exists":false}]},"x":{"y":[1]}}"#)
        let elements = (0..<5_000).map { #"{"b":\#($0),"c":\#($0 == 4_999 ? -1 : 0)}"# }.joined(separator: ",")
        let others = (0..<5_000).map { #"{"y":\#($0)}"# }.joined(separator: ",")
        #expect(try pattern.explain(event: #"{"a":[\#(elements)],"x":[\#(others)]}"#).matches)
        #expect(try !pattern.explain(event: #"{"a":[\#(elements)],"x":[{"z":1}]}"#).matches)
    }

    @Test(arguments: ["", "[]", "1", #"{"a":}"#, #"{"a":1} x"#])
    func `what is no event is refused`(event: String) throws {
        #expect(throws: JSONError.self) { try EventPattern(json: #"{"a":[1]}"#).explain(event: event) }
    }
}
