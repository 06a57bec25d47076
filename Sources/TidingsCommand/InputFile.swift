import ArgumentParser
import Foundation

/// A file named on the command line; `-` is standard input.
struct InputFile: ExpressibleByArgument {
    let path: String

    init(argument: String) {
        path = argument
    }

    /// Where something in the file stands, as editors understand it.
    func place(line: Int, column: Int) -> String { "\(name):\(line):\(column)" }

    /// What the file is called, for people.
    var name: String { path == "-" ? "standard input" : path }

    /// - Throws: A message for people if the file cannot be read.
    func bytes() throws -> [UInt8] {
        if path == "-" { return [UInt8](try FileHandle.standardInput.readToEnd() ?? Data()) }
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw CommandFailure("\(path): the file cannot be read: \(error.localizedDescription)")
        }
    }
}
