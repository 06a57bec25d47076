import Foundation
public import Hummingbird

extension Parameters {
    /// A segment of the path, its percent-encoding undone.
    /// - Throws: ``Problem`` if what is encoded is not UTF-8 text.
    public func text(_ name: String) throws -> String {
        guard let text = try require(name).removingPercentEncoding else {
            throw Problem.invalidParameter(name, "what stands percent-encoded in the path must be UTF-8")
        }
        return text
    }
}
