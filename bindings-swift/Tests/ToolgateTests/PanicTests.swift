import Testing
import ToolgateNative

@testable import Toolgate

/// A panic inside the library ends no process.
struct PanicTests {
    @Test func aPanicIsAnErrorThatCanBeCaught() throws {
        #expect { try calling { try panicInside() } } throws: { failureCode($0) == "internal.panic" }
        #expect(try plainGate().guard(tool: "note").allowed)
    }
}
