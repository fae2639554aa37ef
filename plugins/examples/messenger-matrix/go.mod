module messenger-matrix

go 1.24

require hosk.local/hosk v0.0.0

replace hosk.local/hosk => ../../go/hosk
