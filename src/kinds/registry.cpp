#include "kinds/registry.h"

#include "kinds/actuator.h"
#include "kinds/events.h"
#include "kinds/runtime.h"
#include "kinds/workload.h"

namespace threeport::kinds {

std::vector<schema::KindDescriptor> all() {
  return schema::describe_all<Profile, Tier,                                           //
                              KubernetesRuntimeDefinition, KubernetesRuntimeInstance,  //
                              WorkloadDefinition, WorkloadResourceDefinition, WorkloadInstance,
                              WorkloadResourceInstance, WorkloadEvent, Revision,  //
                              AttachedObjectReference, Event>();
}

}  // namespace threeport::kinds
