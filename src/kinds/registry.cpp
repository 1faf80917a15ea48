#include "kinds/registry.h"

#include "kinds/access_token.h"
#include "kinds/actuator.h"
#include "kinds/aws.h"
#include "kinds/control_plane.h"
#include "kinds/dependency.h"
#include "kinds/environment.h"
#include "kinds/events.h"
#include "kinds/gateway.h"
#include "kinds/helm.h"
#include "kinds/log.h"
#include "kinds/module.h"
#include "kinds/observability.h"
#include "kinds/plan.h"
#include "kinds/runtime.h"
#include "kinds/secret.h"
#include "kinds/terraform.h"
#include "kinds/workload.h"

namespace threeport::kinds {

std::vector<schema::KindDescriptor> all() {
  return schema::describe_all<Profile, Tier,                                           //
                              KubernetesRuntimeDefinition, KubernetesRuntimeInstance,  //
                              WorkloadDefinition, WorkloadResourceDefinition, WorkloadInstance,
                              WorkloadResourceInstance, WorkloadEvent, Revision,                    //
                              Environment, DependencyProfile, DependencyInstance, DependencyClaim,  //
                              AttachedObjectReference, Event,                                       //
                              HelmWorkloadDefinition, HelmWorkloadInstance,                         //
                              GatewayDefinition, GatewayInstance, GatewayHttpPort, GatewayTcpPort, DomainNameDefinition,
                              DomainNameInstance,                                                              //
                              AwsAccount, AwsEksKubernetesRuntimeDefinition, AwsEksKubernetesRuntimeInstance,  //
                              AwsRelationalDatabaseDefinition, AwsRelationalDatabaseInstance,                  //
                              AwsObjectStorageBucketDefinition, AwsObjectStorageBucketInstance,                //
                              SecretDefinition, SecretInstance,                                                //
                              TerraformDefinition, TerraformInstance,                                          //
                              ObservabilityStackDefinition, ObservabilityStackInstance,                        //
                              ObservabilityDashboardDefinition, ObservabilityDashboardInstance,                //
                              MetricsDefinition, MetricsInstance,                                              //
                              LoggingDefinition, LoggingInstance,                                              //
                              ControlPlaneDefinition, ControlPlaneInstance, ControlPlaneComponent,             //
                              LogBackend, LogStorageDefinition, LogBackendStorage, LogStorageInstance,         //
                              ModuleApi, ModuleApiRoute, AccessToken,                                          //
                              Plan, IdempotencyRecord>();
}

}  // namespace threeport::kinds
