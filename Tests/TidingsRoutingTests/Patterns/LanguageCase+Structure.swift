extension LanguageCase {
    static let structure = [
        LanguageCase(
            #"{"a":[1],"b":[2,3]}"#, matches: [#"{"a":1,"b":2}"#, #"{"b":3,"x":0,"a":1}"#],
            butNot: [#"{"a":1}"#, #"{"a":1,"b":1}"#, #"{}"#, #"{"b":2}"#]),
        LanguageCase(
            #"{"a":{"b":{"c":[1]}}}"#,
            matches: [#"{"a":{"b":{"c":1}}}"#, #"{"a.b":{"c":1}}"#, #"{"a":{"b.c":1}}"#, #"{"a.b.c":1}"#],
            butNot: [#"{"a":{"b":1}}"#, #"{"c":1}"#, #"{"a":{"b":{"C":1}}}"#, #"{"A.b.c":1}"#]),
        LanguageCase(
            #"{"a.b":{"c":[1]}}"#, matches: [#"{"a":{"b":{"c":1}}}"#, #"{"a":{"b.c":1}}"#], butNot: [#"{"a.b":1}"#]),
        LanguageCase(#"{"a":{"b.c":[1]}}"#, matches: [#"{"a":{"b":{"c":1}}}"#, #"{"a.b":{"c":1}}"#], butNot: []),
        LanguageCase(#"{"":{"":[1]}}"#, matches: [#"{"":{"":1}}"#, #"{".":1}"#], butNot: [#"{"":1}"#]),
        LanguageCase(
            #"{"":{"a":[1]}}"#, matches: [#"{"":{"a":1}}"#, #"{".a":1}"#], butNot: [#"{"a":1}"#, #"{"a":{"":1}}"#]),
        LanguageCase(#"{".a":[1]}"#, matches: [#"{"":{"a":1}}"#, #"{".a":1}"#], butNot: [#"{"a":1}"#]),
        LanguageCase(
            #"{"":{"detail":[1]}}"#, matches: [#"{"":{"detail":1}}"#], butNot: [#"{"detail":1}"#, #"{"":{"data":1}}"#]),
        LanguageCase(#"{"":[1],"a":[2]}"#, matches: [#"{"":1,"a":2}"#], butNot: [#"{"a":2}"#, #"{"":{"a":2}}"#]),
        LanguageCase(#"{"a":[1],"a":[2]}"#, matches: [#"{"a":2}"#], butNot: [#"{"a":1}"#]),
        LanguageCase(#"{"a":{"b":[1]},"a.b":[2]}"#, matches: [#"{"a":{"b":2}}"#], butNot: [#"{"a":{"b":1}}"#]),
        LanguageCase(
            #"{"a":{"b":[1]},"a":{"c":[2]}}"#, matches: [#"{"a":{"b":1,"c":2}}"#],
            butNot: [#"{"a":{"b":1}}"#, #"{"a":{"c":2}}"#]),
        LanguageCase(#"{"a":[1]}"#, matches: [#"{"a":2,"a":1}"#, #"{"a":1,"a":2}"#], butNot: [#"{"a":2,"a":3}"#]),
        LanguageCase(
            #"{"detail-type":["x"],"detail":{"state":["on"]}}"#,
            matches: [
                #"{"type":"x","data":{"state":"on"}}"#, #"{"detail-type":"x","detail":{"state":"on"}}"#,
                #"{"detail-type":"x","data.state":"on"}"#, #"{"detail-type":"x","detail.state":"on"}"#,
            ], butNot: [#"{"type":"x","details":{"state":"on"}}"#]),
        LanguageCase(
            #"{"data":{"detail":["x"]}}"#, matches: [#"{"detail":{"detail":"x"}}"#], butNot: [#"{"data":{"data":"x"}}"#]
        ),
        LanguageCase(
            #"{"$or":[{"a":[1]},{"b":[2],"c":[3]}]}"#, matches: [#"{"a":1}"#, #"{"b":2,"c":3}"#],
            butNot: [#"{"b":2}"#, #"{"c":3}"#, #"{}"#]),
        LanguageCase(
            #"{"x":[0],"a":{"$or":[{"b":[1]},{"$or":[{"c":[2]},{"d":[3]}]}]}}"#,
            matches: [#"{"x":0,"a":{"b":1}}"#, #"{"x":0,"a":{"c":2}}"#, #"{"x":0,"a":{"d":3}}"#],
            butNot: [#"{"x":0}"#, #"{"a":{"b":1}}"#, #"{"x":0,"b":1}"#]),
        LanguageCase(
            #"{"$or":[{"a":[1]},{"b":[1]}],"$or":[{"c":[1]},{"d":[1]}]}"#,
            matches: [#"{"a":1,"d":1}"#, #"{"b":1,"c":1}"#],
            butNot: [#"{"a":1,"b":1}"#, #"{"c":1,"d":1}"#]),
        LanguageCase(
            #"{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}"#, matches: [#"{"a":2}"#, #"{"a":1,"b":3}"#],
            butNot: [#"{"a":1}"#, #"{"a":2.5,"b":3}"#]),
        LanguageCase("{\"\u{e9}\":[1]}", matches: ["{\"\u{e9}\":1}", #"{"\u00e9":1}"#], butNot: ["{\"e\u{301}\":1}"]),
        LanguageCase(#"{"type":[{"prefix":""}]}"#, matches: [#"{"type":""}"#], butNot: [#"{"type":1}"#, #"{}"#]),
    ]

    static let arrays = [
        LanguageCase(
            #"{"a":[1]}"#, matches: [#"{"a":[1]}"#, #"{"a":[0,[2,[1]]]}"#, #"{"a":[{"b":2},1]}"#],
            butNot: [#"{"a":[]}"#, #"{"a":[2]}"#, #"{"a":[{"a":1}]}"#]),
        LanguageCase(
            #"{"a":{"b":[1],"c":[2]}}"#,
            matches: [
                #"{"a":[{"b":0,"c":2},{"b":1,"c":2}]}"#, #"{"a":{"b":1,"c":2}}"#, #"{"a":[{"b":[0,1],"c":[2,3]}]}"#,
            ],
            butNot: [#"{"a":[{"b":1},{"c":2}]}"#, #"{"a":[[{"b":1}],[{"c":2}]]}"#, #"{"a":[[{"b":1},{"c":2}]]}"#]),
        LanguageCase(
            #"{"a":{"b":[1]},"x":{"b":[1]}}"#, matches: [#"{"a":[{"b":0},{"b":1}],"x":[{"b":1},{"b":0}]}"#],
            butNot: [#"{"a":[{"b":1}],"x":[{"b":0}]}"#]),
        LanguageCase(
            #"{"a":{"b":{"c":[1]},"d":{"e":[2]},"f":[3]}}"#,
            matches: [#"{"a":[{"b":[{"c":0},{"c":1}],"d":[{"e":2}],"f":3}]}"#],
            butNot: [#"{"a":[{"b":[{"c":1}],"f":3},{"d":[{"e":2}],"f":3}]}"#]),
        LanguageCase(
            #"{"a":{"b":[1],"c":[{"exists":false}]}}"#,
            matches: [#"{"a":[{"b":1},{"b":2,"c":3}]}"#, #"{"a":[{"c":3},{"b":1,"d":0}]}"#, #"{"a":{"b":1}}"#],
            butNot: [#"{"a":[{"b":1,"c":3},{"b":2}]}"#, #"{"a":[{"c":3}]}"#]),
        LanguageCase(
            #"{"a":{"c":[1],"b":[{"exists":false}]}}"#,
            matches: [#"{"a":[{"c":1},{"c":2,"b":3}]}"#], butNot: [#"{"a":[{"c":1,"b":3},{"c":2}]}"#]),
        LanguageCase(
            #"{"a":{"b":[{"exists":false}]}}"#, matches: [#"{"a":[{"c":1},{}]}"#, #"{}"#],
            butNot: [#"{"a":[{"c":1},{"b":1}]}"#]),
    ]

    static let literals = [
        LanguageCase(
            #"{"a":["1"]}"#, matches: [#"{"a":"1"}"#, #"{"a":"\u0031"}"#],
            butNot: [#"{"a":1}"#, #"{"a":"1.0"}"#, #"{"a":"11"}"#, #"{"a":""}"#]),
        LanguageCase(
            #"{"a":["\ud83d\udeb2\n\"\\\/"]}"#, matches: ["{\"a\":\"\u{1F6B2}\\u000A\\\"\\\\/\"}"],
            butNot: [#"{"a":"n"}"#]),
        LanguageCase("{\"a\":[\"\u{e9}\"]}", matches: [#"{"a":"\u00E9"}"#], butNot: ["{\"a\":\"e\u{301}\"}"]),
        LanguageCase(
            #"{"a":[true]}"#, matches: [#"{"a":true}"#], butNot: [#"{"a":"true"}"#, #"{"a":false}"#, #"{"a":1}"#]),
        LanguageCase(#"{"a":[false]}"#, matches: [#"{"a":false}"#], butNot: [#"{"a":null}"#, #"{"a":0}"#]),
        LanguageCase(#"{"a":[null]}"#, matches: [#"{"a":null}"#], butNot: [#"{}"#, #"{"a":"null"}"#, #"{"a":""}"#]),
        LanguageCase(
            #"{"a":[300]}"#,
            matches: [#"{"a":300}"#, #"{"a":300.0}"#, #"{"a":3.0e2}"#, #"{"a":3E+2}"#, #"{"a":3000e-1}"#],
            butNot: [#"{"a":"300"}"#, #"{"a":300.0000000001}"#, #"{"a":-300}"#]),
        LanguageCase(#"{"a":[3.0e2]}"#, matches: [#"{"a":300}"#], butNot: []),
        LanguageCase(
            #"{"a":[0]}"#, matches: [#"{"a":-0}"#, #"{"a":-0.0}"#, #"{"a":0e9}"#], butNot: [#"{"a":1e-400}"#]),
        LanguageCase(#"{"a":[-0]}"#, matches: [#"{"a":0}"#], butNot: []),
        LanguageCase(
            #"{"a":[0.1]}"#, matches: [#"{"a":1e-1}"#, #"{"a":0.10}"#], butNot: [#"{"a":0.10000000000000001}"#]),
        LanguageCase(
            #"{"a":[9007199254740993]}"#, matches: [#"{"a":9007199254740993}"#],
            butNot: [#"{"a":9007199254740992}"#, #"{"a":9007199254740994}"#, #"{"a":9007199254740993.0}"#]),
        LanguageCase(
            #"{"a":[9007199254740992]}"#, matches: [#"{"a":9007199254740992.0}"#, #"{"a":9.007199254740992e15}"#],
            butNot: [#"{"a":9007199254740993}"#]),
        LanguageCase(
            #"{"a":[1234567890123456768]}"#, matches: [#"{"a":1234567890123456768.0}"#],
            butNot: [#"{"a":1234567890123456800}"#, #"{"a":1234567890123456769}"#]),
        LanguageCase(
            #"{"a":[1e400]}"#, matches: [#"{"a":1e400}"#], butNot: [#"{"a":1E400}"#, #"{"a":1e401}"#, #"{"a":10e399}"#]),
        LanguageCase(
            #"{"a":[1e23]}"#, matches: [#"{"a":1E+23}"#, #"{"a":100000000000000000000000}"#], butNot: [#"{"a":1e22}"#]),
        LanguageCase(
            #"{"a":[5e-324]}"#, matches: [#"{"a":5E-324}"#, #"{"a":0.5e-323}"#],
            butNot: [#"{"a":0}"#, #"{"a":4e-324}"#]),
        LanguageCase(
            #"{"a":[18446744073709551616]}"#, matches: [#"{"a":18446744073709551616.0}"#],
            butNot: [#"{"a":18446744073709551615}"#]),
    ]
}
