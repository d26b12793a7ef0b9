import ClusterRunner
import DirectoryProjectType
import Foundation
import GitProjectType
import MercurialProjectType

exit(
    await ClusterRunner.main(
        projectTypes: [DirectoryProjectType.self, GitProjectType.self, MercurialProjectType.self]
    )
)
