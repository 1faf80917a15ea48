"""A real Kubernetes on a bare Debian machine, without a container engine.

Read in this order: main (the verbs), layout (where things are), daemons (how
programs are started, found again and stopped), control_plane, node, network,
registry, images; gotools and packages fetch the programs.
"""
