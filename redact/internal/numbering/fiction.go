package numbering

import "strings"

// fictionNumbers are the national numbers that authorities keep for fiction, and that nobody has: # is any digit. Those that
// the plans take for invalid, such as the mobile numbers for drama of Ofcom and Arcep, are not here: who checks numbers would
// refuse them.
//
//	US, CA  NANPA: 555-0100 to 0199 in any area
//	GB      Ofcom: numbers for drama use
//	AU      ACMA: numbers for use in radio books, film and television
//	FR      Arcep: numbers for audiovisual works
//	DE      Bundesnetzagentur: numbers for media productions
//	SE      PTS: numbers for use in books and films
const fictionNumbers = `
US ###55501##
CA ###55501##
GB 2079460### 1134960### 1144960### 1164960### 1174960### 1184960### 1214960### 1314960### 1414960### 1514960###
GB 1614960### 1914980### 2920180### 2896496### 8081570### 9098790### 3069990###
AU 491570006 491570110 491570156 491570157 491570158 491570159 491570313 491570737
AU 25550#### 27010#### 35550#### 37010#### 75550#### 77010#### 85550#### 87010####
FR 19900#### 26191#### 35301#### 46571#### 53649####
DE 3023125### 6990009### 4066969### 2214710### 8999998### 17139200## 176040690##
SE 8465004## 9803192## 70174061# 70174062# 70174063# 70174064# 70174065# 70174066# 70174067# 70174068# 70174069#
`

type fictional struct {
	region  Region
	pattern string
}

var fiction = func() (all []fictional) {
	for line := range strings.Lines(strings.TrimSpace(fictionNumbers)) {
		fields := strings.Fields(line)
		region, _ := ParseRegion(fields[0])
		for _, p := range fields[1:] {
			all = append(all, fictional{region, p})
		}
	}
	return all
}()
