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
            (
                #"{"detail":{"state":["on"]}}"#, #"{"detail":"{\"state\":\"on\"}"}"#,
                "no field `detail.state`: `detail` is a string that holds JSON, and a pattern sees the string; "
                    + "publish it as JSON, without the quotes around it"
            ),
            (
                #"{"data":{"a":{"b":[1]}}}"#, #"{"data":{"a":" [{\"b\":1}]"}}"#,
                "no field `data.a.b`: `data.a` is a string that holds JSON, and a pattern sees the string; "
                    + "publish it as JSON, without the quotes around it"
            ),
            (#"{"data":{"a":{"b":[1]}}}"#, #"{"data":{"a":"{b"}}"#, "no field `data.a.b`"),
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
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":"x"}"#, #"`a` is the string "x"; that is not an IP address"#),
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
            json == #"{"alternative":1,"explanation":["#
                + #"{"alternatives":[1],"expected":{"numeric":[">",1]},"found":"2","matches":false,"path":"detail.total","#
                + #""reason":"`detail.total` is the string \"2\"; `numeric` matches numbers only"},"#
                + #"{"alternatives":[1],"expected":"1e400","matches":false,"path":"detail.x","reason":"no field `detail.x`"}],"matches":false,"#
                + #""reason":"`detail.total` is the string \"2\"; `numeric` matches numbers only"}"#
        )
        let read = try JSONDecoder().decode(PatternExplanation.self, from: Data(json.utf8))
        #expect(read.matches == explanation.matches)
        #expect(read.explanation.map(\.reason) == explanation.explanation.map(\.reason))
    }

    @Test(
        arguments: [
            // The field that fails, though a value of another one does not hold, either.
            (#"{"a":[1,2],"b":[3]}"#, #"{"a":2,"b":4}"#, 1, "`b` is the number 4, not 3"),
            // The nearest alternative.
            (
                #"{"t":["x"],"$or":[{"a":[1],"b":[1]},{"c":[1]},{"d":[1],"e":[1]}]}"#, #"{"t":"x","a":2,"b":2,"c":2}"#,
                2,
                "`c` is the number 2, not 1"
            ),
            (
                #"{"a":{"b":[1],"c":[2]},"$or":[{"x":[1]},{"y":[1]}]}"#, #"{"a":[{"b":1},{"c":2}],"y":1}"#, 2,
                "`a.c` holds, but not in the same element of an array as `a.b`; fields inside one array must hold in one "
                    + "element of it"
            ),
            // What wants to be absent is looked at where the others hold.
            (
                #"{"a":{"b":[{"exists":false}],"c":[1]}}"#, #"{"a":[{"b":1,"c":1},{"b":2}]}"#, 1,
                "`a.b` is there 2 times, first the number 1; `exists: false` wants no value"
            ),
            (
                #"{"a":{"b":[{"exists":false}],"c":[1]},"d":[1]}"#, #"{"a":[{"c":1},{"b":2}],"d":2}"#, 1,
                "`d` is the number 2, not 1"
            ),
            (
                #"{"a":["x","y","z"]}"#, #"{"a":"w"}"#, 1,
                #"`a` is the string "w", not "x"; nor does any of the other 2 values hold"#
            ),
            (#"{"ab":[1]}"#, #"{"a":1}"#, 1, "no field `ab`"), (#"{"a":[1]}"#, #"{"b":1}"#, 1, "no field `a`"),
            (
                #"{"detail-type":["x"]}"#, #"{"type":"y","detail-type":"z"}"#, 1,
                #"none of the 2 values of `type` holds: the first is the string "y", not "x""#
            ),
            (#"{"data":{"a":[1]}}"#, #"{"data":{},"detail":{"a":2}}"#, 1, "`detail.a` is the number 2, not 1"),
        ] as [(String, String, Int, String)])
    func `the reason is what would have to change in the nearest alternative`(
        pattern: String, event: String, alternative: Int, reason: String
    ) throws {
        let explanation = try EventPattern(json: pattern).explain(event: event)
        #expect(explanation.reason == reason)
        #expect(explanation.alternative == alternative)
    }

    @Test func `values are judged in the elements that made the pattern match`() throws {
        let pattern = try EventPattern(
            json: #"{"a":{"x":[1,2],"y":[{"exists":false},3],"z":[{"exists":false},4]},"$or":[{"q":[1]},{"r":[1]}]}"#)
        let explanation = try pattern.explain(event: #"{"a":[{"x":1,"y":4},{"x":2,"y":3},{"z":4}],"r":1}"#)
        #expect(explanation.matches)
        #expect(explanation.alternative == 2)
        let lines = explanation.explanation.map { "\($0.path) \($0.expected) \($0.alternatives) \($0.matches)" }
        #expect(
            lines == [
                "a.x 1 [1, 2] false", "a.x 2 [1, 2] true", #"a.y {"exists":false} [1, 2] false"#, "a.y 3 [1, 2] true",
                #"a.z {"exists":false} [1, 2] true"#, "a.z 4 [1, 2] false", "q 1 [1] false", "r 1 [2] true",
            ])
    }

    @Test(.timeLimit(.minutes(1))) func `ten elements in each of many arrays are not multiplied`() throws {
        let names = (0..<40).map { "f\($0)" }
        let fields = names.map { #""\#($0)":{"x":[1],"z":[{"exists":false}]}"# }
        let arrays = names.map {
            #""\#($0)":[\#(Array(repeating: #"{"x":1,"z":1}"#, count: 10).joined(separator: ","))]"#
        }
        let explanation = try EventPattern(json: "{\(fields.joined(separator: ","))}").explain(
            event: "{\(arrays.joined(separator: ","))}")
        #expect(!explanation.matches)
        #expect(try #require(explanation.reason).contains("is there 10 times"))
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
    func `what is not an event is refused`(event: String) throws {
        #expect(throws: JSONError.self) { try EventPattern(json: #"{"a":[1]}"#).explain(event: event) }
    }
}
