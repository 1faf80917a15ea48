"""A real Kubernetes on a bare Debian machine, without a container engine.

Read in this order: main (the verbs), layout (where things are), daemons (how
programs are started, found again and stopped), control_plane, node, network,
storage, gateway, registry, images, standins; gotools, wheels and packages fetch
the programs.
"""
