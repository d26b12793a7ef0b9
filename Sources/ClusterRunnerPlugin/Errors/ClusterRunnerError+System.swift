import Foundation

extension ClusterRunnerError.Code {
    /// Returns the code for an error number of the system.
    ///
    /// Full disks are ``unavailable``, since the same call may succeed later; everything else is ``failed``.
    package static func ofSystem(_ number: Int32) -> Self {
        number == ENOSPC || number == EDQUOT ? .unavailable : .failed
    }
}

extension ClusterRunnerError {
    /// Creates an error from a failed operation of Foundation: the operation, and the system's reason.
    package init(_ what: String, because error: any Error) {
        guard let number = Self.systemNumber(of: error) else {
            self.init(.failed, "\(what).", cause: error)
            return
        }
        self.init(.ofSystem(number), "\(what): \(systemMessage(number)).")
    }

    /// Returns the error number of the system beneath an error of Foundation.
    private static func systemNumber(of error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(systemNumber)
    }
}
