import Testing

@Suite(.timeLimit(.minutes(1)))
struct RulesCommandTests {
    static let files = [
        "pattern.json": #"{"detail":{"total":[{"numeric":[">",100]}],"state":["on"]}}"#,
        "this.json": #"{"detail":{"total":101,"state":"on"}}"#,
        "that.json": #"{"detail":{"total":"120","state":"on"}}"#,
        "wrong.json": "{\n  \"type\": [{\"prefix\": 3}]\n}",
        "broken.json": "{\"a\":\n 01}",
        "large.json": "{\n \"$or\": [\((0..<300).map { "{\"f\($0)\":[1]}" }.joined(separator: ","))]}",
        "choice.json": #"{"type":["a","b"],"$or":[{"x":[1]},{"y":["2"]}]}"#,
        "chosen.json": #"{"type":"b","y":2}"#,
        "answer.cases": "{\"name\":\"n\",\"pattern\":\"{}\",\"event\":\"{}\"}\n"
            + #"{"name":"n","pattern":"{}","event":"{}","expected":"False"}"#,
        "numbers.json": #"{"priority":[{"numeric":[">",5]}],"sampled":[true]}"#,
        "typed.json": #"{"source":"/a","type":"b","priority":7,"sampled":true,"data":1}"#,
        "plain.json": #"{"detail":["on"]}"#,
        "text.json": #"{"source":"/a","detail-type":"b","datacontenttype":"text/plain","detail":"on"}"#,
        "state.json": #"{"detail":{"state":["on"]}}"#,
        "bytes.json": #"{"source":"/a","type":"b","datacontenttype":"text/json","data_base64":"eyJzdGF0ZSI6Im9uIn0="}"#,
        "quoted.json": #"{"source":"/a","detail-type":"b","detail":"{\"state\":\"on\"}"}"#,
        "twice.json": #"{"source":"/a","type":"b","id":"1","id":"2"}"#,
        "both.json": #"{"source":"/a","detail-type":"b","data":1,"data_base64":"AQ=="}"#,
        "marked.json": "\u{FEFF}{\"a\":1}",
        "part.json": #"{"source":["/a"],"Type":"b","detail":{"state":"on","state":"off"}}"#,
        "event.cases": #"{"name":"n","pattern":"{}","event":"{\"a\":01}","expected":"exception"}"#,
    ]

    @Test(
        arguments: [
            (["test", "pattern.json", "this.json"], 0, "The event satisfies the pattern.\n"),
            (
                ["test", "pattern.json", "that.json"], 1,
                "The event does not satisfy the pattern: `detail.total` is the string \"120\"; `numeric` matches numbers only.\n"
            ),
            (
                ["explain", "pattern.json", "this.json"], 0,
                "The event satisfies the pattern.\nyes  detail.state  \"on\"\n     found \"on\"\n"
                    + "yes  detail.total  {\"numeric\":[\">\",100]}\n     found 101\n"
            ),
            (
                ["explain", "pattern.json", "that.json"], 1,
                "The event does not satisfy the pattern: `detail.total` is the string \"120\"; `numeric` matches numbers only.\n"
                    + "yes  detail.state  \"on\"\n     found \"on\"\n"
                    + "no   detail.total  {\"numeric\":[\">\",100]}\n"
                    + "     `detail.total` is the string \"120\"; `numeric` matches numbers only\n"
            ),
            (["test", "numbers.json", "typed.json"], 0, "The event satisfies the pattern.\n"),
            (["test", "plain.json", "text.json"], 0, "The event satisfies the pattern.\n"),
            (["test", "state.json", "bytes.json"], 0, "The event satisfies the pattern.\n"),
            (["test", "state.json", "part.json"], 0, "The event satisfies the pattern.\n"),
            (
                ["explain", "plain.json", "text.json"], 0,
                "The event satisfies the pattern.\nyes  detail  \"on\"\n     found \"on\"\n"
            ),
            (
                ["test", "state.json", "quoted.json"], 1,
                "The event does not satisfy the pattern: no field `detail.state`: `detail` is a string that holds JSON, "
                    + "and a pattern sees the string; publish it as JSON, without the quotes around it.\n"
            ),
            (
                ["explain", "choice.json", "chosen.json"], 1,
                "The event does not satisfy the pattern: no field `x`.\n"
                    + "Alternative 1 of 2 is the nearest.\n"
                    + "no   type  \"a\"\n     `type` is the string \"b\", not \"a\"\n"
                    + "yes  or type  \"b\"\n     found \"b\"\n"
                    + "no   x  1  (alternative 1)\n     no field `x`\n"
                    + "no   y  \"2\"  (alternative 2)\n     `y` is the number 2; the pattern asks for the string \"2\"\n"
            ),
        ] as [([String], Int32, String)])
    func `an answer is printed, and the status says which`(arguments: [String], status: Int32, output: String) throws {
        let run = try CommandRun(["rules"] + arguments, files: Self.files)
        #expect(run.status == status)
        #expect(run.output == output)
        #expect(run.errors.isEmpty)
    }

    @Test(
        arguments: [
            (["test", "wrong.json", "this.json"], "wrong.json:2:23: `type`: The operator \"prefix\" takes text"),
            (["explain", "pattern.json", "broken.json"], "broken.json:2:2: A number"),
            (["test", "state.json", "twice.json"], "twice.json: a bus refuses this event: id stands twice"),
            (["explain", "state.json", "both.json"], "both.json: a bus refuses this event: an event has data or"),
            (["test", "state.json", "marked.json"], "marked.json:1:1: The text begins with a byte order mark"),
            (["test", "none.json", "this.json"], "none.json: the file cannot be read"),
            (["test", "pattern.json"], "Give a pattern and an event"),
            (["test", "--cases", "this.json"], "this.json:1: a case is an object"),
            (["test", "--cases", "answer.cases"], "answer.cases:2: a case is an object"),
            (
                ["test", "--cases", "event.cases"],
                "event.cases:1: the event of the case is not an event, at its byte 5"
            ),
            (["test", "large.json", "this.json"], "large.json:2:3229: `f256`: The pattern names more than 256 fields"),
            (["explain", "pattern.json"], "Missing expected argument"),
        ] as [([String], String)])
    func `an error names the place, on standard error and with status 2`(arguments: [String], words: String) throws {
        let run = try CommandRun(["rules"] + arguments, files: Self.files)
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a case is read as a bus reads it, and says so if a bus refuses it`() throws {
        let lines = [
            #"{"name":"one","pattern":"{\"n\":[7]}","event":"{\"source\":\"a\",\"type\":\"b\",\"n\":7}"}"#,
            #"{"name":"two","pattern":"{\"time\":[{\"exists\":true}]}","event":"{\"source\":\"a\",\"type\":\"b\"}"}"#,
            #"{"name":"three","pattern":"{\"N\":[7]}","event":"{\"source\":\"a\",\"type\":\"b\",\"N\":7}"}"#,
        ]
        let run = try CommandRun(
            ["rules", "test", "--cases", "cases"], files: ["cases": lines.joined(separator: "\n")])
        let refusal =
            "a bus refuses this event: \"N\" is not the name of an extension, which has 1 to 64 lower-case "
            + "letters and digits, and hyphens only between them"
        #expect(run.output == "one\ttrue\t\ntwo\ttrue\t\nthree\ttrue\t\(refusal)\n")
        #expect(run.status == 0)
    }

    @Test func `each case has a line, and unexpected answers are told`() throws {
        let lines = [
            #"{"name":"one","pattern":"{\"a\":[1]}","event":"{\"a\":1.0}","expected":true}"#,
            #"{"name":"two","pattern":"{\"a\":[1]}","event":"{\"a\":\"1\"}","expected":false}"#, "",
            #"{"name":"three","pattern":"{\"a\":[]}","event":"{}","expected":"exception"}"#,
        ]
        let output =
            "one\ttrue\t\n"
            + "two\tfalse\t`a` is the string \"1\"; the pattern asks for the number 1\n"
            + "three\texception\tmalformed at a, line 1, column 6: "
            + "The list is empty and could never hold; give at least one value.\n"
        let right = try CommandRun(
            ["rules", "test", "--cases", "cases"], files: ["cases": lines.joined(separator: "\n")])
        #expect(right.status == 0)
        #expect(right.output == output)
        let flipped = lines.joined(separator: "\n").replacing(#""expected":true"#, with: #""expected":false"#)
        let wrong = try CommandRun(["rules", "test", "--cases", "cases"], files: ["cases": flipped])
        #expect(wrong.status == 1)
        #expect(wrong.output == output)
        #expect(wrong.errors == "1 of 3 cases do not answer as expected: one\n")
    }
}
