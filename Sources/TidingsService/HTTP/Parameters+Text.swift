import Foundation
public import Hummingbird

extension Parameters {
    /// A segment of the path, its percent-encoding undone.
    /// - Throws: ``Problem`` where what is encoded is no text in UTF-8.
    public func text(_ name: String) throws -> String {
        guard let text = try require(name).removingPercentEncoding else {
            throw Problem.invalidParameter(name, "what stands percent-encoded in the path must be UTF-8")
        }
        return text
    }
}
