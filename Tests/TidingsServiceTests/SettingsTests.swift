import Foundation
import Testing
import TidingsService

@Suite struct SettingsTests {
    @Test func `what is not set has its default`() throws {
        let settings = Settings([:])
        #expect(settings.text("TIDINGS_DATA", default: "./data") == "./data")
        #expect(try settings.integer("ORDER_PORT", in: 0...65_535, default: 3004) == 3004)
        #expect(try settings.number("PAYMENT_SUCCESS_RATE", in: 0...1, default: 0.9) == 0.9)
        #expect(try settings.flag("USE_SIMULATED_PAYMENT", default: true))
    }

    @Test func `a text is normal if it is composed and printable`() {
        for text in ["", "p-1", "caf\u{E9}", "\u{E01}\u{E49}", "\u{AC01}", "\u{1F469}\u{200D}\u{1F680}"] {
            #expect(text.isNormalText)
        }
        for text in [
            "cafe\u{301}", "\u{212A}", "\u{1100}\u{1161}", "a\u{316}\u{302}\u{316}", "a\nb", "a\u{2029}b", "\u{7F}",
        ] {
            #expect(!text.isNormalText)
        }
    }

    @Test func `an empty value counts as absent`() throws {
        let settings = Settings(["ORDER_PORT": "", "TIDINGS_DATA": ""])
        #expect(try settings.integer("ORDER_PORT", in: 0...65_535, default: 3004) == 3004)
        #expect(settings.optionalText("TIDINGS_DATA") == nil)
    }

    @Test(arguments: [("0", 0), ("65535", 65_535), ("8080", 8080)])
    func `a port within its range is read`(_ text: String, _ port: Int) throws {
        #expect(try Settings(["ORDER_PORT": text]).integer("ORDER_PORT", in: 0...65_535, default: 1) == port)
    }

    @Test(arguments: ["65536", "-1", "80a", " 80", "8.0", "0x50", "99999999999999999999"])
    func `a port that is none is refused`(_ text: String) {
        let error = #expect(throws: SettingsError.self) {
            try Settings(["ORDER_PORT": text]).integer("ORDER_PORT", in: 0...65_535, default: 1)
        }
        #expect(error?.description == "ORDER_PORT is '\(text)'; it must be a whole number from 0 to 65535")
    }

    @Test(arguments: ["1.5", "-0.1", "abc", "nan", "inf", "0,5"])
    func `a rate that is none is refused`(_ text: String) {
        let error = #expect(throws: SettingsError.self) {
            try Settings(["RATE": text]).number("RATE", in: 0...1, default: 1)
        }
        #expect(error?.description == "RATE is '\(text)'; it must be a number from 0.0 to 1.0")
    }

    @Test(arguments: [("true", true), ("FALSE", false), ("True", true)])
    func `a flag is true or false`(_ text: String, _ flag: Bool) throws {
        #expect(try Settings(["FLAG": text]).flag("FLAG", default: !flag) == flag)
    }

    @Test(arguments: ["maybe", "1", "yes"])
    func `a flag that is neither is refused`(_ text: String) {
        let error = #expect(throws: SettingsError.self) { try Settings(["FLAG": text]).flag("FLAG", default: true) }
        #expect(error?.description == "FLAG is '\(text)'; it must be true or false")
    }

    @Test func `the environment goes before the file`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "tidings-\(UUID().uuidString).env")
        try "ORDER_PORT=4001\nPAYMENT_PORT=4002\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let settings = try await Settings.load(environment: ["TIDINGS_CONFIG": file.path, "ORDER_PORT": "5001"])
        #expect(try settings.integer("ORDER_PORT", in: 0...65_535, default: 1) == 5001)
        #expect(try settings.integer("PAYMENT_PORT", in: 0...65_535, default: 1) == 4002)
        #expect(try settings.integer("INVENTORY_PORT", in: 0...65_535, default: 1) == 1)
    }

    @Test func `a file that is missing is refused by its name`() async {
        let error = await #expect(throws: SettingsError.self) {
            try await Settings.load(environment: ["TIDINGS_CONFIG": "/nowhere/tidings.env"])
        }
        #expect(
            error?.description
                == "TIDINGS_CONFIG is '/nowhere/tidings.env'; it must be a file of lines NAME=value that can be read")
    }
}

@Suite struct UnknownSettingTests {
    /// Reads a file of settings, of which a program knows two.
    private func refusal(of lines: String) async throws -> SettingsError? {
        try await TemporaryFolder.with { folder -> SettingsError? in
            let path = "\(folder)/settings"
            try lines.write(toFile: path, atomically: true, encoding: .utf8)
            let settings = try await Settings.load(environment: ["TIDINGS_CONFIG": path, "UNRELATED": "x"])
            _ = settings.text("ORDER_PORT", default: "1")
            _ = settings.text("PAYMENT_SUCCESS_RATE", default: "1")
            do {
                try settings.refuseUnknownNames()
                return nil
            } catch let error as SettingsError {
                return error
            }
        }
    }

    @Test func `a misspelt name in the file is refused with the nearest that is known`() async throws {
        let error = try #require(try await refusal(of: "ORDER_PORT=4000\nPAYMENT_SUCESS_RATE=0.5\n"))
        #expect(error.name == "PAYMENT_SUCESS_RATE")
        #expect(error.description.contains("PAYMENT_SUCCESS_RATE"))
        #expect(!error.description.contains("0.5"))
    }

    @Test func `comments, empty lines and what is known are taken, and the environment may hold anything`() async throws
    {
        #expect(try await refusal(of: "# PORTS=1\n\nORDER_PORT=4000\n  PAYMENT_SUCCESS_RATE=1\n") == nil)
    }
}
